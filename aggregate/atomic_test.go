package aggregate_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store/memory"
)

type text struct {
	Text string `json:"text"`
}

// burst emits many events, or large ones, for itself and others.
type burst struct {
	kind *aggregate.Definition[int]
	emit *aggregate.Decider[int, burstOf, int]
}

type burstOf struct {
	Own, Others, Bytes int
	To                 event.Stream
	Why                string
}

func newBurst() burst {
	d := aggregate.Define("burst", aggregate.On("text", func(n *int, _ text) { *n++ }))

	return burst{d, aggregate.Command(d, "emit", func(s aggregate.Scope[int], b burstOf) (int, error) {
		for range b.Own {
			s.Emit(text{strings.Repeat("x", b.Bytes)})
		}

		for range b.Others {
			s.EmitTo(b.To, aggregate.Fact{Event: text{strings.Repeat("y", b.Bytes)}, Subject: "other"})
		}

		if n := s.State(); b.Why != "" {
			return n, errors.New(b.Why)
		}

		return s.State(), nil
	})}
}

func TestEmitTo(t *testing.T) {
	t.Parallel()

	c, tills := newBurst(), newTills()
	backend := newStore(t)
	send := aggregate.Command(c.kind, "send", func(s aggregate.Scope[int], to event.Stream) (int, error) {
		s.EmitTo(to, paidIn{5})                                                               // of its definition
		s.EmitTo("note:1", text{"by type"})                                                   // of this one
		s.EmitTo("note:1", event.Draft{Type: "noted", Data: []byte(`{"a":1}`), Subject: "x"}) // of none
		s.EmitTo(s.Stream(), text{"own"})

		return s.State(), nil
	})
	r := runtime(t, backend, c.kind, tills.kind)

	got, err := send.Do(t.Context(), r, "burst:1", "till:1", aggregate.WithActor("ann"))
	if err != nil || got.Value != 1 || got.Version != 1 {
		t.Fatalf("got %+v, %v", got, err)
	}

	notes := events(t, backend.Log, "note:1")
	if len(notes) != 2 || notes[0].Type != "text" || notes[1].Type != "noted" || notes[1].Subject != "x" || notes[1].Actor != "ann" {
		t.Errorf("got %+v", notes)
	}

	if cash, _, err := tills.cash(t.Context(), r, "till:1"); cash != 5 || err != nil {
		t.Errorf("the till has %d, %v", cash, err)
	}

	for _, to := range []event.Stream{"$x:1", "bad", ""} {
		if _, err := send.Do(t.Context(), r, "burst:1", to); err == nil {
			t.Errorf("to %q: it happened", to)
		}
	}

	_, err = send.Do(t.Context(), r, "burst:1", "note:1") // where nobody knows paidIn
	wantCode(t, "a type that nobody knows", err, fault.CodeInternal)

	if len(events(t, backend.Log, "note:1")) != 2 || len(events(t, backend.Log, "burst:1")) != 1 {
		t.Error("something of what failed is recorded")
	}
}

// An ID of a draft that another event has fails the command, and no other one.
func TestEmitToWithAnID(t *testing.T) {
	t.Parallel()

	c := newBurst()
	send := aggregate.Command(c.kind, "send", func(s aggregate.Scope[int], id string) (int, error) {
		s.Emit(text{"x"})
		s.EmitTo("note:1", text{"first"})
		s.EmitTo("note:1", event.Draft{Type: "noted", ID: event.ID(id)})

		return s.State(), nil
	})
	r := runtime(t, newStore(t), c.kind)

	if _, err := send.Do(t.Context(), r, "burst:1", "a"); err != nil {
		t.Fatal(err)
	}

	_, err := send.Do(t.Context(), r, "burst:2", "a")
	wantCode(t, "the same ID", err, fault.CodeConflict)

	if got, err := send.Do(t.Context(), r, "burst:2", "b"); err != nil || got.Value != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Calls that wait together are decided together. Those that are too large or wrong
// fail alone, and what is more than an append takes is split.
func TestRoundIsSplit(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		bursts  []burstOf
		codes   map[int]fault.Code
		appends int64 // 0 means that it does not matter
	}{
		"few":           {repeated(burstOf{Own: 1}, 900), nil, 2},
		"many events":   {repeated(burstOf{Own: 7}, 400), nil, 4}, // 142 of them in an append
		"others, too":   {repeated(burstOf{Own: 1, Others: 2, To: "note:1"}, 700), nil, 4},
		"many bytes":    {repeated(burstOf{Own: 1, Bytes: 1<<20 - 100}, 16), nil, 3},
		"one too large": {repeated(burstOf{Own: 1}, 20, burstOf{Own: 1, Bytes: 1<<20 + 1}), map[int]fault.Code{20: fault.CodeTooLarge}, 0},
		"one too many":  {repeated(burstOf{Own: 1}, 20, burstOf{Own: 1001}), map[int]fault.Code{20: fault.CodeTooLarge}, 2},
		"one wrong":     {repeated(burstOf{Own: 1}, 20, burstOf{Others: 1, To: "bad"}), map[int]fault.Code{20: fault.CodeInvalid}, 0},
		"one refused":   {repeated(burstOf{Own: 1}, 20, burstOf{Own: 5, Why: "no"}), map[int]fault.Code{20: fault.CodeRejected}, 2},
		"all together":  {repeated(burstOf{Own: 999}, 3), nil, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { checkRound(t, c.bursts, c.codes, c.appends) })
		})
	}
}

// checkRound sends commands that wait together, after one that keeps the
// aggregate busy.
func checkRound(t *testing.T, bursts []burstOf, codes map[int]fault.Code, appends int64) {
	t.Helper()

	c, g := newBurst(), newGate()
	log := &faultyLog{Log: memory.New().Log, before: g.wait}
	r := start(t, aggregate.Options{Log: log, Kinds: []aggregate.Kind{c.kind}})

	var wg sync.WaitGroup

	wg.Go(func() { _, _ = c.emit.Do(t.Context(), r, "burst:1", burstOf{Own: 1}) })
	synctest.Wait()

	want := 1
	for i, b := range bursts {
		if codes[i] == "" {
			want += b.Own
		}

		wg.Go(func() {
			got, err := c.emit.Do(t.Context(), r, "burst:1", b)
			wantCode(t, fmt.Sprint("burst ", i), err, codes[i])

			if err == nil && event.Version(got.Value) != got.Version {
				t.Errorf("burst %d: %d at version %d", i, got.Value, got.Version)
			}
		})
	}

	synctest.Wait()
	close(g.open)
	wg.Wait()

	got, version, err := aggregate.Ask(t.Context(), r, c.kind, "burst:1", func(n int) int { return n })
	if err != nil || got != want || version != event.Version(want) || len(events(t, log, "burst:1")) != want {
		t.Errorf("got %d at version %d, %v; want %d", got, version, err, want)
	}

	if n := log.appends.Load(); appends != 0 && n != appends {
		t.Errorf("%d appends, want %d", n, appends)
	}
}

func repeated(b burstOf, n int, more ...burstOf) []burstOf {
	all := make([]burstOf, n, n+len(more))
	for i := range all {
		all[i] = b
	}

	return append(all, more...)
}
