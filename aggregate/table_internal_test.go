package aggregate

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// slowLog holds appends back.
type slowLog struct {
	store.Log
	open chan struct{}
}

func (l slowLog) Append(ctx context.Context, batches ...store.Batch) (store.Receipt, error) {
	<-l.open

	return l.Log.Append(ctx, batches...)
}

// Aggregates that were busy when it was their turn to leave do so when they are
// idle.
func TestTableAfterARush(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		const live, streams = 5, 200

		d := Define("counter", On("added", func(s *benchState, e benchAdded) { s.Count += e.By }))
		add := Command(d, "add", func(s Scope[benchState], by int) (int, error) {
			s.Emit(benchAdded{by})

			return s.State().Count, nil
		})

		log := slowLog{memory.New().Log, make(chan struct{})}
		r, err := New(t.Context(), Options{Log: log, Kinds: []Kind{d}, Live: live})
		if err != nil {
			t.Fatal(err)
		}

		var wg sync.WaitGroup
		for range 2 { // the first ones are decided, then the second ones wait
			for i := range streams {
				wg.Go(func() {
					if _, err := add.Do(t.Context(), r, event.Stream(fmt.Sprint("counter:", i)), 1); err != nil {
						t.Error(err)
					}
				})
			}

			synctest.Wait()
		}

		for range streams {
			log.open <- struct{}{}
		}

		synctest.Wait()

		if n, _ := r.table.count(); n != streams {
			t.Errorf("%d of the busy are there, want %d", n, streams)
		}

		close(log.open)
		wg.Wait()
		synctest.Wait()

		n, bytes := r.table.count()
		if n > live || bytes < int64(n)*fixed || bytes > int64(n)*(fixed+100) {
			t.Errorf("%d are there, with %d bytes; want at most %d", n, bytes, live)
		}

		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// count returns how many aggregates there are, and the bytes of their states.
func (t *table) count() (int, int64) {
	t.mu.Lock()
	defer t.mu.Unlock()

	return len(t.lives), t.bytes
}
