package bench

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"testing"
)

func TestPayloadsAreJSONOfTheStatedSize(t *testing.T) {
	t.Parallel()

	types := make(map[string]int)
	seen := make(map[string]bool)

	for _, e := range newGenerator(1).pool(5000) {
		if len(e.data) != PayloadSize || cap(e.data) > 2*PayloadSize {
			t.Fatalf("%s has %d bytes in %d, want %d", e.data, len(e.data), cap(e.data), PayloadSize)
		}

		var object map[string]any
		if err := json.Unmarshal(e.data, &object); err != nil {
			t.Fatalf("%s is not a JSON object: %v", e.data, err)
		}

		if seen[string(e.data)] {
			t.Fatalf("%s came twice", e.data)
		}

		seen[string(e.data)] = true
		types[e.typ]++
	}

	if len(types) != 4 {
		t.Errorf("events have the types %v, want 4", types)
	}
}

func TestPayloadsAreTheSameEveryTime(t *testing.T) {
	t.Parallel()

	one, two, other := newGenerator(5), newGenerator(5), newGenerator(6)
	for range 100 {
		a, b, c := one.next(), two.next(), other.next()
		if a.typ != b.typ || !bytes.Equal(a.data, b.data) {
			t.Fatalf("one seed gave %s and %s", a.data, b.data)
		}

		if bytes.Equal(a.data, c.data) {
			t.Fatalf("two seeds gave %s", a.data)
		}
	}
}

// TestPayloadsCompressAsOrdinaryJSONDoes keeps the generator honest: text that
// repeats would shrink to next to nothing, random bytes not at all.
func TestPayloadsCompressAsOrdinaryJSONDoes(t *testing.T) {
	t.Parallel()

	var block, compressed bytes.Buffer
	for _, e := range newGenerator(2).pool(128) {
		block.Write(e.data)
	}

	w, err := flate.NewWriter(&compressed, flate.DefaultCompression)
	if err != nil {
		t.Fatal(err)
	}

	if _, err := w.Write(block.Bytes()); err != nil {
		t.Fatal(err)
	}

	if err := w.Close(); err != nil {
		t.Fatal(err)
	}

	share := float64(compressed.Len()) / float64(block.Len())
	t.Logf("32 kB of payloads shrink to %.2f", share)

	if share < 0.3 || share > 0.6 {
		t.Errorf("32 kB of payloads shrink to %.2f, want 0.3 to 0.6", share)
	}
}
