package aggregate_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store/memory"
)

// Close finishes what was taken, and refuses what comes later, also if an
// aggregate is never idle.
func TestClose(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		c, g := newTills(), newGate()
		log := &faultyLog{Log: memory.New().Log, before: g.wait}
		r := start(t, aggregate.Options{Log: log, Kinds: []aggregate.Kind{c.kind}})

		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if _, err := c.in.Do(t.Context(), r, "till:1", 1); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}

		closed := make(chan error, 1)
		go func() { closed <- r.Close(t.Context()) }()
		synctest.Wait()

		for _, stream := range []event.Stream{"till:1", "till:2"} { // a busy one and a new one
			wg.Go(func() {
				_, err := c.in.Do(t.Context(), r, stream, 1)
				wantCode(t, "after Close", err, fault.CodeUnavailable)
			})
		}

		synctest.Wait()

		select {
		case err := <-closed:
			t.Errorf("Close did not wait: %v", err)
		default:
		}

		close(g.open)
		wg.Wait()

		if err := <-closed; err != nil {
			t.Error(err)
		}

		if n := len(events(t, log, "till:1")); n != 2 {
			t.Errorf("%d events, want 2", n)
		}
	})
}

// When its context ends, Close answers those who are left.
func TestCloseGivesUp(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		c := newTills()
		log := &faultyLog{Log: memory.New().Log, before: newGate().wait}
		r := start(t, aggregate.Options{Log: log, Kinds: []aggregate.Kind{c.kind}})

		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				_, err := c.in.Do(t.Context(), r, "till:1", 1)
				wantCode(t, "left over", err, fault.CodeUnavailable)
			})
			synctest.Wait()
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()

		if err := r.Close(ctx); err != nil {
			t.Error(err)
		}

		wg.Wait()
	})
}
