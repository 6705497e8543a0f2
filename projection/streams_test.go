package projection_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
)

// TestRebuildStream shows that one stream alone is made again, in one step, and
// that a failure leaves all as it was.
func TestRebuildStream(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			var broken sync.Map

			log := newLog(t)
			definition := sums(projection.Options{Batch: 4}, projection.OnEach(func(_ context.Context, _ *projection.Tx, e *event.Event) error {
				if _, is := broken.Load(e.Stream); is {
					return errors.New("broken")
				}

				return nil
			}))

			h := start(t, log, url, definition)
			h.append("counter:1", "added", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
			p := h.append("counter:2", "added", 1, 2)
			h.wait("sums", p)

			damage := func() {
				t.Helper()

				views := openViews(t, url)
				if err := views.Damage(t.Context(), "update sums__g1 set total = 0"); err != nil {
					t.Fatal(err)
				}
			}

			damage()

			if err := h.views.RebuildStream(t.Context(), "sums", "counter:1"); err != nil {
				t.Fatal(err)
			}

			h.until("the stream is rebuilt", func() bool { return strings.Join(h.rows("select total from sums order by stream"), " ") == "55 0" })

			broken.Store(event.Stream("counter:2"), true)

			if err := h.views.RebuildStream(t.Context(), "sums", "counter:2"); err != nil {
				t.Fatal(err)
			}

			h.until("it failed", func() bool { s := h.status().Streams; return len(s) == 1 && s[0].Error == "broken" })

			if got := h.rows("select n, total from sums order by stream"); strings.Join(got, ", ") != "10 55, 2 0" {
				t.Errorf("got %q", got)
			}

			broken.Clear()

			if err := h.views.RebuildStream(t.Context(), "sums", "counter:2"); err != nil {
				t.Fatal(err)
			}

			h.until("it is done", func() bool { return len(h.status().Streams) == 0 })
			h.check()
			h.wait("sums", h.append("counter:1", "added", 11))
			h.check()
		})
	}
}
