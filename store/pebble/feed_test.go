package pebble_test

import (
	"context"
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/pebble"
)

// A feed goes from the disk to the memory of recent events, and back where it
// falls behind, without gap or repeat, whatever its pages.
func TestFeedBetweenDiskAndMemory(t *testing.T) {
	t.Parallel()

	const before, after = 3000, 3000

	for _, recent := range []int{1, 20_000, 200_000, 8 << 20} {
		for _, page := range []int{1, 7, 500} {
			t.Run(fmt.Sprintf("recent %d, page %d", recent, page), func(t *testing.T) {
				t.Parallel()

				o := pebble.OnFS(vfs.NewMem())
				o.Recent = recent
				backend := open(t, "data", o)
				fill(t, backend, before)

				var writer sync.WaitGroup
				writer.Go(func() { fill(t, backend, after) })
				defer writer.Wait()

				wantInOrder(t, backend, page, before+after)
			})
		}
	}
}

// A page may be as large as anybody asks.
func TestLargestPage(t *testing.T) {
	t.Parallel()

	backend := open(t, "data", pebble.OnFS(vfs.NewMem()))
	fill(t, backend, 50)
	pebble.DropRecent(backend.Log)
	wantInOrder(t, backend, math.MaxInt, 50)
}

// fill appends n events, most of them alone.
func fill(t *testing.T, backend store.Backend, n int) {
	t.Helper()

	for n > 0 {
		drafts := make([]event.Draft, min(n, 1+n%40))
		for i := range drafts {
			drafts[i] = event.Draft{Type: "fox_jumped", Data: []byte(`{"over":"the lazy dog"}`)}
		}

		if _, err := backend.Log.Append(t.Context(), store.Batch{Stream: "fox:1", Drafts: drafts}); err != nil {
			t.Error(err)
			return
		}

		n -= len(drafts)
	}
}

// wantInOrder follows the feed until it has seen n events.
func wantInOrder(t *testing.T, backend store.Backend, page, n int) {
	t.Helper()

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()

	seen, upto := uint64(0), event.Position{}
	for p, err := range backend.Log.Feed(ctx, event.Position{}, store.Filter{Follow: true, PageSize: page}) {
		if err != nil {
			t.Fatal(err)
		}

		if len(p.Events) > page {
			t.Fatalf("a page of %d events, want at most %d", len(p.Events), page)
		}

		for _, e := range p.Events {
			if seen++; e.Position.Number() != seen || e.Version != event.Version(seen) {
				t.Fatalf("after event %d came position %s, version %d", seen-1, e.Position, e.Version)
			}
		}

		if upto = p.Upto; upto.Number() != seen {
			t.Fatalf("a page covers up to %s, its last event is %d", upto, seen)
		}

		if seen >= uint64(n) {
			return
		}
	}
}
