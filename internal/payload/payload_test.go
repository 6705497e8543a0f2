package payload_test

import (
	"bytes"
	"sync"
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

// TestDeflatedIsShared asks from many goroutines; the race detector watches.
func TestDeflatedIsShared(t *testing.T) {
	t.Parallel()

	p := payload.New(bytes.Repeat([]byte("text"), 100))

	var (
		asking sync.WaitGroup
		calls  int
	)

	for range 20 {
		asking.Go(func() {
			if got := p.Deflated(func(text []byte) []byte {
				calls++

				return bytes.ToUpper(text[:4])
			}); string(got) != "TEXT" {
				t.Errorf("got %q", got)
			}
		})
	}

	asking.Wait()

	if calls != 1 {
		t.Errorf("made %d times", calls)
	}
}

// TestDeflatedMayBeNoGain shows that this is asked once, too.
func TestDeflatedMayBeNoGain(t *testing.T) {
	t.Parallel()

	p := payload.New([]byte("x"))
	if p.Deflated(func([]byte) []byte { return nil }) != nil {
		t.Error("got a text")
	}

	if p.Deflated(func([]byte) []byte { return []byte("y") }) != nil {
		t.Error("asked twice")
	}
}
