package payload_test

import (
	"testing"

	"github.com/recountdev/recount/internal/payload"
)

func TestDeflatedIsMadeOnce(t *testing.T) {
	t.Parallel()

	p := payload.New([]byte("text"))

	calls := 0
	deflate := func(text []byte) []byte {
		calls++

		return text[:2]
	}

	for range 3 {
		if got := string(p.Deflated(deflate)); got != "te" {
			t.Errorf("got %q, want te", got)
		}
	}

	if calls != 1 || string(p.Bytes()) != "text" {
		t.Errorf("made %d times of %q, want once of text", calls, p.Bytes())
	}
}
