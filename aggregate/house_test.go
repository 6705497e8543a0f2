package aggregate_test

import (
	"context"
	"errors"
	"testing"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

type counter struct{ Count int }

type created struct{}

type incremented struct {
	By int `json:"by"`
}

type incrementBy struct{ N int }

// counters counts; it has to be created first.
type counters struct {
	kind      *aggregate.Definition[counter]
	create    *aggregate.Decider[counter, struct{}, struct{}]
	increment *aggregate.Decider[counter, incrementBy, int]
	twice     *aggregate.Decider[counter, incrementBy, int]
}

func newCounters() counters {
	d := aggregate.Define("counter",
		aggregate.On("created", func(*counter, created) {}),
		aggregate.On("incremented", func(c *counter, e incremented) { c.Count += e.By }),
		aggregate.Public(func(c counter) map[string]int { return map[string]int{"count": c.Count} }),
	)

	increment := aggregate.Command(d, "increment", func(s aggregate.Scope[counter], c incrementBy) (int, error) {
		switch {
		case s.Version() == 0:
			return 0, fault.NotFound("no such counter")
		case c.N < 0:
			return 0, errors.New("a counter only goes up")
		case c.N == 666:
			panic("the number of the beast")
		}

		s.Emit(incremented{By: c.N})

		return s.State().Count, nil
	})

	return counters{
		kind: d,
		create: aggregate.Command(d, "create", func(s aggregate.Scope[counter], _ struct{}) (struct{}, error) {
			if s.Version() > 0 {
				return struct{}{}, fault.Conflict("it is there")
			}

			s.Emit(created{})

			return struct{}{}, nil
		}),
		increment: increment,
		twice: aggregate.Command(d, "twice", func(s aggregate.Scope[counter], c incrementBy) (int, error) {
			if _, err := increment.In(s, incrementBy{1}); err != nil {
				return 0, err
			}

			return increment.In(s, c)
		}),
	}
}

// runtime returns a runtime on a backend, that ends with the test.
func runtime(tb testing.TB, backend store.Backend, kinds ...aggregate.Kind) *aggregate.Runtime {
	tb.Helper()

	r, err := aggregate.New(tb.Context(), aggregate.Options{Log: backend.Log, Marks: backend.Marks, Kinds: kinds})
	if err != nil {
		tb.Fatal(err)
	}

	tb.Cleanup(func() {
		if err := r.Close(context.WithoutCancel(tb.Context())); err != nil {
			tb.Error(err)
		}
	})

	return r
}

// newStore returns a store in memory that ends with the test.
func newStore(tb testing.TB) store.Backend {
	tb.Helper()

	backend := memory.New()
	tb.Cleanup(func() { _ = backend.Log.Close(context.WithoutCancel(tb.Context())) })

	return backend
}
