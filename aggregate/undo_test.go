package aggregate_test

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store/memory"
)

// A command that saw its own events and is refused takes nothing away from those
// before it in the same round: of a state that can be copied, and of one that
// cannot.
func TestRefusalKeepsWhatCameBefore(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		flat, deep, g := newTills(), newMoody(), newGate()
		log := &faultyLog{Log: memory.New().Log, before: g.wait}
		r := start(t, aggregate.Options{Log: log, Kinds: []aggregate.Kind{flat.kind, deep.kind}})

		var wg sync.WaitGroup

		try := func(what string, want fault.Code, f func() error) {
			wg.Go(func() { wantCode(t, what, f(), want) })
			synctest.Wait()
		}
		pay := func(d *aggregate.Decider[till, int, int], n int) func() error {
			return func() error { _, err := d.Do(t.Context(), r, "till:1", n); return err }
		}
		do := func(what string) func() error {
			return func() error { _, err := deep.do.Do(t.Context(), r, "moody:1", what); return err }
		}

		try("busy", "", pay(flat.in, 1))
		try("first", "", pay(flat.in, 5))
		try("refused", fault.CodeRejected, pay(flat.both, 8))
		try("next", "", pay(flat.out, 6))

		try("busy", "", do("a"))
		try("first", "", do("b"))
		try("refused", fault.CodeRejected, do("refuse"))
		try("panics", fault.CodeInternal, do("seen"))
		try("next", "", do("c"))

		close(g.open)
		wg.Wait()

		if cash, version, err := flat.cash(t.Context(), r, "till:1"); cash != 0 || version != 3 || err != nil {
			t.Errorf("there is %d at version %d, %v", cash, version, err)
		}

		if got := look(t, r, deep); len(got) != 3 || got["b"] != 1 {
			t.Errorf("got %v", got)
		}
	})
}
