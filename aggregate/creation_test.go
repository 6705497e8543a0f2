package aggregate_test

import (
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store/memory"
)

// Many creations that wait share a few commits.
func TestCreationsShareCommits(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		const n = 600 // of three events each

		c, g := newAccounts(), newGate()
		log := &faultyLog{Log: memory.New().Log, before: g.wait}
		r := start(t, aggregate.Options{Log: log, Kinds: []aggregate.Kind{c.kind}})

		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				if _, err := c.register.Do(t.Context(), r, strconv.Itoa(i)); err != nil {
					t.Error(err)
				}
			})

			if i == 0 {
				synctest.Wait()
			}
		}

		synctest.Wait()
		close(g.open)
		wg.Wait()

		if got := log.appends.Load(); got != 3 {
			t.Errorf("%d appends, want 3", got)
		}

		if got := len(events(t, log, "$sequence:account")); got != n {
			t.Errorf("%d numbers, want %d", got, n)
		}
	})
}

// A creation does not write into a stream that somebody else has made.
func TestCreationWhereAStreamIs(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		c, backend := newAccounts(), memory.New()
		put(t, backend.Log, "account:1", "registered", "{}")

		r := start(t, aggregate.Options{Log: backend.Log, Kinds: []aggregate.Kind{c.kind}})
		_, err := c.register.Do(t.Context(), r, "a@example.com")
		wantCode(t, "the number is in use", err, fault.CodeUnavailable)

		if n := len(events(t, backend.Log, "account:1")) + len(events(t, backend.Log, "$sequence:account")); n != 1 {
			t.Errorf("%d events, want 1", n)
		}
	})
}
