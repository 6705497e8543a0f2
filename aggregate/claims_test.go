package aggregate_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// A value that was free when it was read, and is claimed by another before the
// append, is taken.
func TestClaimBetweenReadAndAppend(t *testing.T) {
	t.Parallel()

	c, backend := newAccounts(), newStore(t)
	other := runtime(t, backend, c.kind)

	var once sync.Once
	log := &faultyLog{Log: backend.Log, before: func(ctx context.Context, _ []store.Batch) error {
		var err error
		once.Do(func() { _, err = c.claim.Do(ctx, other, "account:1", "a") })

		return err
	}}
	r := start(t, aggregate.Options{Log: log, Kinds: []aggregate.Kind{c.kind}})

	_, err := c.claim.Do(t.Context(), r, "account:2", "a")
	if taken, ok := errors.AsType[*aggregate.TakenError](err); !ok || taken.Holder != "account:1" || taken.Kind != "address" || taken.Value != "a" {
		t.Errorf("got %v", err)
	}

	if n := len(events(t, backend.Log, "$reservation:address:a")); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

// What a command claimed or released that is refused then, is as it was for the
// next one of the same round.
func TestRefusedClaimsAreGivenBack(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		c, g, backend := newAccounts(), newGate(), memory.New()
		fail := aggregate.Creation(c.kind, "fail", func(s aggregate.Scope[account], address string) (int, error) {
			s.Emit(registered{address})

			return 0, errors.Join(s.Reserve("address", address), s.Release("address", address), s.Reserve("address", address), errors.New("refused"))
		})
		r := start(t, aggregate.Options{Log: &faultyLog{Log: backend.Log, before: g.wait}, Kinds: []aggregate.Kind{c.kind}})

		var wg sync.WaitGroup

		register := func(address string, want event.Stream) {
			wg.Go(func() {
				if got, err := c.register.Do(t.Context(), r, address); err != nil || got.Stream != want {
					t.Errorf("%s: got %+v, %v", address, got, err)
				}
			})
			synctest.Wait()
		}

		register("busy@example.com", "account:1")
		wg.Go(func() {
			_, err := fail.Do(t.Context(), r, "a@example.com")
			wantCode(t, "refused", err, fault.CodeRejected)
		})
		synctest.Wait()
		register("a@example.com", "account:2")
		wg.Go(func() {
			_, err := c.register.Do(t.Context(), r, "A@example.com")
			wantCode(t, "taken in the same round", err, fault.CodeConflict)
		})
		synctest.Wait()

		close(g.open)
		wg.Wait()
		checkAccounts(t, backend.Log, 2)
	})
}
