package aggregate_test

import (
	"context"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// keep makes a snapshot of a state after three events, and reports whether it was
// kept.
func keep[S any](t *testing.T, apply func(*S, paidIn)) bool {
	t.Helper()

	d := aggregate.Define("kept", aggregate.On("paid_in", apply)).With(aggregate.Settings{SnapshotEvery: 1})
	in := aggregate.Command(d, "in", func(s aggregate.Scope[S], n int) (int, error) {
		s.Emit(paidIn{n})

		return 0, nil
	})

	backend := memory.New()
	r, err := aggregate.New(t.Context(), aggregate.Options{Log: backend.Log, Marks: backend.Marks, Kinds: []aggregate.Kind{d}})
	if err != nil {
		t.Fatal(err)
	}

	for i := range 3 {
		if _, err := in.Do(t.Context(), r, "kept:1", i); err != nil {
			t.Fatal(err)
		}
	}

	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	return len(marks(t, backend)) > 0
}

// States that JSON does not keep whole have no snapshots.
func TestStatesWithoutSnapshots(t *testing.T) {
	t.Parallel()

	type item struct{ N int }

	if !keep(t, func(s *struct{ Last *item }, e paidIn) { s.Last = &item{e.N} }) {
		t.Error("a state with a pointer has none")
	}

	for name, kept := range map[string]bool{
		"unexported": keep(t, func(s *struct{ n int }, e paidIn) { s.n += e.N }),
		"left out": keep(t, func(s *struct {
			N int `json:"-"`
		}, e paidIn,
		) {
			s.N += e.N
		}),
		"interface": keep(t, func(s *struct{ N any }, e paidIn) { s.N = e.N }),
		"omitted": keep(t, func(s *struct {
			M map[int]int `json:"m,omitempty"`
		}, _ paidIn,
		) {
			s.M = map[int]int{}
		}),
		"shared": keep(t, func(s *struct {
			All  map[int]*item
			Last *item
		}, e paidIn,
		) {
			s.Last = &item{e.N}
			s.All = map[int]*item{e.N: s.Last}
		}),
		"no UTF-8": keep(t, func(s *struct{ Text string }, _ paidIn) { s.Text = "\xff" }),
		"panics":   keep(t, func(s *struct{ A angry }, _ paidIn) { s.A.Now = true }),
	} {
		if kept {
			t.Errorf("%s: it has", name)
		}
	}
}

// A state that is loaded with a snapshot is the same as one that is folded,
// whatever was recorded and whenever the snapshots were made.
func TestSnapshotEqualsFolding(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(rt *rapid.T) {
		backend := memory.New()
		steps := rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "first", "-first", "ü"}), 0, 8), 1, 5).Draw(rt, "steps")
		every := rapid.IntRange(1, 6).Draw(rt, "every")

		for _, step := range steps {
			newStock(aggregate.Settings{SnapshotEvery: every}).fill(t, backend, "stock:1", step...)
		}

		got, _ := newStock(aggregate.Settings{SnapshotEvery: every}).load(t, backend, "stock:1")
		want, _ := newStock(aggregate.Settings{SnapshotEvery: -1}).load(t, backend, "stock:1")

		if !maps.Equal(got, want) {
			rt.Fatalf("with a snapshot it is %v, folded it is %v", got, want)
		}

		some, none := newStock(aggregate.Settings{SnapshotEvery: every}), newStock(aggregate.Settings{SnapshotEvery: -1})
		one, other := runtime(t, backend, some.kind), runtime(t, backend, none.kind)

		for i := range events(t, backend.Log, "stock:1") {
			at := store.Point{Version: event.Version(i + 1)}
			got, _, err := aggregate.At(t.Context(), one, some.kind, "stock:1", at)
			want, _, otherErr := aggregate.At(t.Context(), other, none.kind, "stock:1", at)

			if err != nil || otherErr != nil || !maps.Equal(got, want) {
				rt.Fatalf("at version %d it is %v, folded it is %v; %v, %v", at.Version, got, want, err, otherErr)
			}
		}
	})
}

// Without marks that work, a runtime works all the same.
func TestMarksThatFail(t *testing.T) {
	t.Parallel()

	c := newStock(aggregate.Settings{SnapshotEvery: 1})
	backend := newStore(t)
	backend.Marks = brokenMarks{backend.Marks}
	c.fill(t, backend, "stock:1", things(5)...)

	if _, read := c.load(t, backend, "stock:1"); read < 5 {
		t.Errorf("%d events were read, want 5", read)
	}
}

type brokenMarks struct{ store.Marks }

func (brokenMarks) Get(context.Context, string) (store.Mark, error) {
	return store.Mark{}, fault.Unavailable("broken")
}

func (brokenMarks) Put(context.Context, string, []byte, store.Revision) (store.Revision, error) {
	return 0, fault.Unavailable("broken")
}
