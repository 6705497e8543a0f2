package aggregate_test

import (
	"context"
	"os"
	"strconv"
	"testing"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/pebble"
)

type till struct{ Cash int }

type paidIn struct {
	N int `json:"n"`
}

type paidOut struct {
	N int `json:"n"`
}

type move struct {
	To event.Stream `json:"to"`
	N  int          `json:"n"`
}

// tills hold cash, never less than none.
type tills struct {
	kind    *aggregate.Definition[till]
	in, out *aggregate.Decider[till, int, int]
	move    *aggregate.Decider[till, move, int]
	// both pays one in and some out, as a chain.
	both *aggregate.Decider[till, int, int]
}

func newTills() tills {
	d := aggregate.Define("till",
		aggregate.On("paid_in", func(c *till, e paidIn) { c.Cash += e.N }),
		aggregate.On("paid_out", func(c *till, e paidOut) { c.Cash -= e.N }),
	)

	out := aggregate.Command(d, "pay_out", func(s aggregate.Scope[till], n int) (int, error) {
		if s.State().Cash < n {
			return 0, fault.Rejected("there is only %d", s.State().Cash)
		}

		s.Emit(paidOut{n})

		return s.State().Cash, nil
	})
	in := aggregate.Command(d, "pay_in", func(s aggregate.Scope[till], n int) (int, error) {
		s.Emit(paidIn{n})

		return s.State().Cash, nil
	})

	return tills{
		kind: d, in: in, out: out,
		move: aggregate.Command(d, "move", func(s aggregate.Scope[till], m move) (int, error) {
			left, err := out.In(s, m.N)
			s.EmitTo(m.To, paidIn{m.N})

			return left, err
		}),
		both: aggregate.Command(d, "both", func(s aggregate.Scope[till], n int) (int, error) {
			if _, err := in.In(s, 1); err != nil {
				return 0, err
			}

			return out.In(s, n)
		}),
	}
}

// cash asks a till.
func (c tills) cash(ctx context.Context, h aggregate.Host, stream event.Stream) (int, event.Version, error) {
	return aggregate.Ask(ctx, h, c.kind, stream, func(s till) int { return s.Cash })
}

// tortureRounds returns how often to try: more where the environment says so.
func tortureRounds(t *testing.T, otherwise int) int {
	t.Helper()

	text := os.Getenv("RECOUNT_TORTURE_ROUNDS")
	if text == "" {
		return otherwise
	}

	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("RECOUNT_TORTURE_ROUNDS=%q is no number", text)
	}

	return n
}

// newPebble returns a store on disk that ends with the test.
func newPebble(t *testing.T, folder string) store.Backend {
	t.Helper()

	backend, err := pebble.Open(t.Context(), folder, pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = backend.Log.Close(context.WithoutCancel(t.Context())) })

	return backend
}

// start returns a runtime with options, that ends with the test.
func start(t *testing.T, o aggregate.Options) *aggregate.Runtime {
	t.Helper()

	r, err := aggregate.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		if err := r.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})

	return r
}

// wantCode checks that an error has a code.
func wantCode(t *testing.T, what string, err error, want fault.Code) {
	t.Helper()

	if got := fault.Of(err); got != want {
		t.Errorf("%s: got %q, want %q: %v", what, got, want, err)
	}
}

// events returns all events of a stream.
func events(t *testing.T, log store.Log, stream event.Stream) []event.Event {
	t.Helper()

	var all []event.Event
	for e, err := range log.Read(context.WithoutCancel(t.Context()), stream, store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}

		all = append(all, e)
	}

	return all
}
