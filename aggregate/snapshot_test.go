package aggregate_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// stock counts things.
type stock struct {
	kind *aggregate.Definition[tags]
	put  *aggregate.Decider[tags, string, int]
}

func newStock(settings aggregate.Settings) stock {
	d := aggregate.Define("stock",
		aggregate.Initial(func() tags { return tags{"always": 1, "first": 1} }),
		aggregate.On("tagged", func(s *tags, e tagged) {
			if e.Tag == "-first" {
				delete(*s, "first")
				return
			}

			(*s)[e.Tag]++
		}),
	).With(settings)

	return stock{d, aggregate.Command(d, "put", func(s aggregate.Scope[tags], tag string) (int, error) {
		s.Emit(tagged{tag})

		return s.State()[tag], nil
	})}
}

// fill puts things into a stream, and returns when snapshots are made.
func (c stock) fill(t *testing.T, backend store.Backend, stream event.Stream, things ...string) {
	t.Helper()

	r, err := aggregate.New(t.Context(), aggregate.Options{Log: backend.Log, Marks: backend.Marks, Kinds: []aggregate.Kind{c.kind}})
	if err != nil {
		t.Fatal(err)
	}

	for _, thing := range things {
		if _, err := c.put.Do(t.Context(), r, stream, thing); err != nil {
			t.Fatal(err)
		}
	}

	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// load asks for a state, and returns how many events were read for it.
func (c stock) load(t *testing.T, backend store.Backend, stream event.Stream) (tags, int) {
	t.Helper()

	log := &faultyLog{Log: backend.Log}
	r, err := aggregate.New(t.Context(), aggregate.Options{Log: log, Marks: backend.Marks, Kinds: []aggregate.Kind{c.kind}})
	if err != nil {
		t.Fatal(err)
	}

	read := 0
	got, _, err := aggregate.Ask(t.Context(), r, c.kind, stream, func(s tags) tags {
		read = int(log.events.Load()) // before the runtime wants another snapshot

		return maps.Clone(s)
	})
	if err != nil {
		t.Error(err)
	}

	// The next answer comes when it was considered to make a snapshot.
	if _, _, err := aggregate.Ask(t.Context(), r, c.kind, stream, func(s tags) int { return len(s) }); err != nil {
		t.Error(err)
	}

	if err := r.Close(t.Context()); err != nil {
		t.Error(err)
	}

	return got, read
}

// marks returns the names of all snapshots.
func marks(t *testing.T, backend store.Backend) []string {
	t.Helper()

	var names []string
	for mark, err := range backend.Marks.List(t.Context(), "snapshot/") {
		if err != nil {
			t.Fatal(err)
		}

		names = append(names, mark.Name)
	}

	return names
}

func things(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprint("thing ", i%7)
	}

	return all
}

// A snapshot is made after so many events, or bytes, and loading begins with it.
func TestSnapshots(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		settings aggregate.Settings
		events   int
		most     int // events that are read to load it
	}{
		"by count":     {aggregate.Settings{SnapshotEvery: 10}, 25, 15},
		"by bytes":     {aggregate.Settings{SnapshotBytes: 200}, 25, 20},
		"by default":   {aggregate.Settings{}, 1010, 20},
		"too few":      {aggregate.Settings{SnapshotEvery: 30}, 25, 25},
		"never":        {aggregate.Settings{SnapshotEvery: -1, SnapshotBytes: 1}, 25, 25},
		"not yet":      {aggregate.Settings{}, 25, 25},
		"at every one": {aggregate.Settings{SnapshotEvery: 1}, 25, 24},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			backend, of := newStore(t), newStock(c.settings)
			of.fill(t, backend, "stock:1", things(c.events)...)

			got, read := of.load(t, backend, "stock:1")
			if read > c.most || c.most == c.events && read != c.events {
				t.Errorf("%d events were read, want %d", read, c.most)
			}

			sum := -2
			for _, n := range got {
				sum += n
			}

			if sum != c.events {
				t.Errorf("the state is %v", got)
			}
		})
	}
}

// What a snapshot does not have is not taken from the initial state.
func TestSnapshotIsAllThereIs(t *testing.T) {
	t.Parallel()

	backend, c := newStore(t), newStock(aggregate.Settings{SnapshotEvery: 1})
	c.fill(t, backend, "stock:1", "-first", "x")

	if got, read := c.load(t, backend, "stock:1"); !maps.Equal(got, tags{"always": 1, "x": 1}) || read > 1 {
		t.Errorf("got %v with %d events", got, read)
	}
}

// Snapshots that are of no use are thrown away, and made anew.
func TestUselessSnapshots(t *testing.T) {
	t.Parallel()

	const n = 40

	settings := aggregate.Settings{SnapshotEvery: n / 2}
	change := func(f func(value []byte) []byte) func(t *testing.T, backend store.Backend) store.Backend {
		return func(t *testing.T, backend store.Backend) store.Backend {
			t.Helper()

			mark, err := backend.Marks.Get(t.Context(), "snapshot/stock:1")
			if err != nil {
				t.Fatal(err)
			}

			if _, err := backend.Marks.Put(t.Context(), mark.Name, f(mark.Value), store.AnyRevision); err != nil {
				t.Fatal(err)
			}

			return backend
		}
	}

	// other moves the events, or fewer, to a log with another epoch.
	other := func(n int, same bool) func(t *testing.T, backend store.Backend) store.Backend {
		return func(t *testing.T, backend store.Backend) store.Backend {
			t.Helper()

			fresh := newStore(t)
			for _, e := range events(t, backend.Log, "stock:1")[:n] {
				put(t, fresh.Log, "stock:1", e.Type, string(e.Data))
			}

			log := fresh.Log
			if same {
				log = agedLog{fresh.Log, backend.Log}
			}

			return store.Backend{Log: log, Marks: backend.Marks}
		}
	}

	for name, c := range map[string]struct {
		settings aggregate.Settings
		change   func(t *testing.T, backend store.Backend) store.Backend
		read     int
	}{
		"another version": {aggregate.Settings{SnapshotEvery: n / 2, SnapshotVersion: 1}, change(bytes.Clone), n},
		"cut off":         {settings, change(func(v []byte) []byte { return v[:len(v)-1] }), n},
		"empty":           {settings, change(func([]byte) []byte { return nil }), n},
		"damaged": {settings, change(func(v []byte) []byte {
			return bytes.Replace(v, []byte(`"always":1`), []byte(`"always":2`), 1)
		}), n},
		"damaged version": {settings, change(func(v []byte) []byte {
			i := bytes.LastIndex(v, []byte("stock:1\n")) + len("stock:1\n") + 7
			v[i]--
			return v
		}), n},
		"another epoch":   {settings, other(n, false), n},
		"beyond the head": {settings, other(5, true), 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			backend := newStore(t)
			newStock(settings).fill(t, backend, "stock:1", things(n)...)
			before, _ := newStock(settings).load(t, backend, "stock:1")

			backend = c.change(t, backend)
			got, read := newStock(c.settings).load(t, backend, "stock:1")

			if read != c.read {
				t.Errorf("%d events were read, want %d", read, c.read)
			}

			if c.read == n && !maps.Equal(got, before) {
				t.Errorf("got %v, want %v", got, before)
			}

			if c.read < n { // too few for another one: the old one is gone
				if left := marks(t, backend); len(left) != 0 {
					t.Errorf("left are %v", left)
				}
			} else if _, read := newStock(c.settings).load(t, backend, "stock:1"); read >= n {
				t.Errorf("no other snapshot is made: %d events were read", read)
			}
		})
	}
}

// agedLog has the epoch of another log.
type agedLog struct {
	store.Log
	epoch store.Log
}

func (l agedLog) State(ctx context.Context) (store.State, error) { return l.epoch.State(ctx) }

// A snapshot of another schema is not taken.
func TestSnapshotOfAnotherSchema(t *testing.T) {
	t.Parallel()

	type before struct{ Count int }

	type after struct{ Count, Sum int }

	add := aggregate.Settings{SnapshotEvery: 1}
	one := aggregate.Define("sum", aggregate.On("paid_in", func(s *before, _ paidIn) { s.Count++ })).With(add)
	other := aggregate.Define("sum", aggregate.On("paid_in", func(s *after, e paidIn) { s.Count++; s.Sum += e.N })).With(add)
	in := aggregate.Command(one, "in", func(s aggregate.Scope[before], n int) (int, error) {
		s.Emit(paidIn{n})

		return 0, nil
	})

	backend := newStore(t)
	r, err := aggregate.New(t.Context(), aggregate.Options{Log: backend.Log, Marks: backend.Marks, Kinds: []aggregate.Kind{one}})
	if err != nil {
		t.Fatal(err)
	}

	for range 3 {
		if _, err := in.Do(t.Context(), r, "sum:1", 2); err != nil {
			t.Fatal(err)
		}
	}

	if err := r.Close(t.Context()); err != nil || len(marks(t, backend)) != 1 {
		t.Fatalf("%v, with snapshots %v", err, marks(t, backend))
	}

	got, _, err := aggregate.Ask(t.Context(), runtime(t, backend, other), other, "sum:1", func(s after) after { return s })
	if err != nil || got != (after{3, 6}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestSnapshotsOfLongNames(t *testing.T) {
	t.Parallel()

	backend, c := newStore(t), newStock(aggregate.Settings{SnapshotEvery: 1})
	a, b := event.Stream("stock:"+strings.Repeat("x", 248)+"a"), event.Stream("stock:"+strings.Repeat("x", 248)+"b")
	c.fill(t, backend, a, "a", "a")
	c.fill(t, backend, b, "b", "b")

	for stream, want := range map[event.Stream]string{a: "a", b: "b"} {
		if got, read := c.load(t, backend, stream); got[want] != 2 || len(got) != 3 || read > 1 {
			t.Errorf("got %v with %d events", got, read)
		}
	}

	if names := marks(t, backend); len(names) != 2 {
		t.Errorf("snapshots %v, want 2", names)
	}
}
