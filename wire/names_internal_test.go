package wire

import (
	"strconv"
	"testing"
)

// TestNames shows that only the first few names are compared one by one.
func TestNames(t *testing.T) {
	t.Parallel()

	const most = 1000

	var s names
	for i := range most {
		name := []byte(strconv.Itoa(i))
		if s.has(name) || !s.add(name) || s.add(name) || !s.has(name) || s.len() != i+1 {
			t.Fatalf("name %d is not counted once: %d names", i, s.len())
		}
	}

	if s.n != len(s.few) || len(s.many) != most-len(s.few) {
		t.Errorf("%d names are in the list and %d in the map", s.n, len(s.many))
	}
}
