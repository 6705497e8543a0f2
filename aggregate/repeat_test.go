package aggregate_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store/memory"
)

// The same ID gets the answer of the first time, whatever happened since, also
// after a restart and from another runtime.
func TestRepeated(t *testing.T) {
	t.Parallel()

	c := newTills()
	backend := newStore(t)
	first := runtime(t, backend, c.kind)

	if _, err := c.in.Do(t.Context(), first, "till:1", 5, aggregate.WithID("in")); err != nil {
		t.Fatal(err)
	}

	if got, err := c.both.Do(t.Context(), first, "till:1", 2, aggregate.WithID("both")); err != nil || got.Value != 4 || got.Version != 3 {
		t.Fatalf("got %+v, %v", got, err)
	}

	if _, err := c.in.Do(t.Context(), first, "till:1", 100); err != nil {
		t.Fatal(err)
	}

	for name, r := range map[string]*aggregate.Runtime{"the same": first, "another": runtime(t, backend, c.kind)} {
		got, err := c.both.Do(t.Context(), r, "till:1", 2, aggregate.WithID("both"))
		if err != nil || got.Value != 4 || got.Version != 3 || !got.Repeated || got.Stream != "till:1" {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}

		_, err = c.both.Do(t.Context(), r, "till:1", 3, aggregate.WithID("both"))
		wantCode(t, name+": other input", err, fault.CodeConflict)

		_, err = c.in.Do(t.Context(), r, "till:1", 2, aggregate.WithID("both"))
		wantCode(t, name+": another command", err, fault.CodeConflict)

		answer, err := r.Dispatch(t.Context(), aggregate.Request{Stream: "till:1", Command: "both", Data: json.RawMessage(" 2 "), ID: "both"})
		if err != nil || string(answer.Result) != "4" || answer.Version != 3 || !answer.Repeated {
			t.Errorf("%s: dispatched: got %+v, %v", name, answer, err)
		}

		if cash, version, err := c.cash(t.Context(), r, "till:1"); cash != 104 || version != 4 || err != nil {
			t.Errorf("%s: there is %d at version %d, %v", name, cash, version, err)
		}
	}

	// In another stream it is another command.
	if got, err := c.in.Do(t.Context(), first, "till:2", 7, aggregate.WithID("both")); err != nil || got.Repeated || got.Value != 7 {
		t.Errorf("another stream: got %+v, %v", got, err)
	}
}

// A refusal, and a command that emitted nothing, are decided again.
func TestWhatIsNotRemembered(t *testing.T) {
	t.Parallel()

	c := newTills()
	look := aggregate.Command(c.kind, "look", func(s aggregate.Scope[till], _ struct{}) (int, error) { return s.State().Cash, nil })
	r := runtime(t, newStore(t), c.kind)

	_, err := c.out.Do(t.Context(), r, "till:1", 5, aggregate.WithID("a"))
	wantCode(t, "refused", err, fault.CodeRejected)

	if got, err := look.Do(t.Context(), r, "till:1", struct{}{}, aggregate.WithID("b")); got.Value != 0 || err != nil || got.Version != 0 {
		t.Errorf("got %+v, %v", got, err)
	}

	if _, err := c.in.Do(t.Context(), r, "till:1", 7); err != nil {
		t.Fatal(err)
	}

	if got, err := c.out.Do(t.Context(), r, "till:1", 5, aggregate.WithID("a")); got.Value != 2 || got.Repeated || err != nil {
		t.Errorf("after a refusal: got %+v, %v", got, err)
	}

	if got, err := look.Do(t.Context(), r, "till:1", struct{}{}, aggregate.WithID("b")); got.Value != 2 || got.Repeated || err != nil {
		t.Errorf("after nothing: got %+v, %v", got, err)
	}
}

// The same ID several times in one queue happens once.
func TestSameIDAtOnce(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		c, g := newTills(), newGate()
		backend := memory.New()
		r := start(t, aggregate.Options{Log: &faultyLog{Log: backend.Log, before: g.wait}, Kinds: []aggregate.Kind{c.kind}})

		var (
			wg      sync.WaitGroup
			mu      sync.Mutex
			firsts  int
			refused int
		)

		// The first one keeps the aggregate busy; the others are one round.
		for i := range 10 {
			wg.Go(func() {
				if i == 0 {
					_, _ = c.in.Do(t.Context(), r, "till:1", 50)
					return
				}

				n := 5
				if i == 9 {
					n = 6
				}

				got, err := c.both.Do(t.Context(), r, "till:1", n, aggregate.WithID("a"))

				mu.Lock()
				defer mu.Unlock()

				switch {
				case fault.Of(err) == fault.CodeConflict:
					refused++
				case err != nil || got.Value != 46 || got.Version != 3:
					t.Errorf("got %+v, %v", got, err)
				case !got.Repeated:
					firsts++
				}
			})
			synctest.Wait()
		}

		close(g.open)
		wg.Wait()

		if firsts != 1 || refused != 1 || len(events(t, backend.Log, "till:1")) != 3 {
			t.Errorf("%d are first, %d are refused, %d events", firsts, refused, len(events(t, backend.Log, "till:1")))
		}
	})
}

// The same ID on two runtimes at once happens once.
func TestSameIDOnTwoRuntimes(t *testing.T) {
	t.Parallel()

	const ids, copies = 60, 6

	c := newTills()
	backend := newStore(t)
	rs := []*aggregate.Runtime{runtime(t, backend, c.kind), runtime(t, backend, c.kind)}

	var (
		wg sync.WaitGroup
		mu sync.Mutex
	)

	firsts, values := make(map[int]int), make(map[int]map[int]bool)
	for i := range ids * copies {
		wg.Go(func() {
			id := i / copies
			do := c.in.Do
			if id%2 == 0 {
				do = func(ctx context.Context, h aggregate.Host, stream event.Stream, _ int, extras ...aggregate.Extra) (aggregate.Result[int], error) {
					return c.both.Do(ctx, h, stream, 0, extras...) // adds one, by two events
				}
			}

			got, err := do(t.Context(), rs[i%2], "till:1", 1, aggregate.WithID("id "+string(rune('A'+id))))
			if err != nil {
				t.Error(err)
				return
			}

			mu.Lock()
			defer mu.Unlock()

			if !got.Repeated {
				firsts[id]++
			}

			if values[id] == nil {
				values[id] = make(map[int]bool)
			}

			values[id][got.Value] = true
		})
	}

	wg.Wait()

	for id := range ids {
		if firsts[id] != 1 || len(values[id]) != 1 {
			t.Errorf("ID %d: %d are first, the answers are %v", id, firsts[id], values[id])
		}
	}

	if cash, version, err := c.cash(t.Context(), rs[0], "till:1"); cash != ids || version != ids*3/2 || err != nil {
		t.Errorf("there is %d at version %d, %v", cash, version, err)
	}
}

// A result that is too large to be remembered fails the command, and nothing is
// recorded; without an ID it need not be remembered.
func TestLargeResult(t *testing.T) {
	t.Parallel()

	c := newTills()
	tell := aggregate.Command(c.kind, "tell", func(s aggregate.Scope[till], n int) (string, error) {
		s.Emit(paidIn{1})

		return strings.Repeat("x", n), nil
	})
	backend := newStore(t)
	r := runtime(t, backend, c.kind)

	_, err := tell.Do(t.Context(), r, "till:1", 16<<10, aggregate.WithID("a"))
	wantCode(t, "too large", err, fault.CodeTooLarge)

	if n := len(events(t, backend.Log, "till:1")); n != 0 {
		t.Errorf("%d events are recorded", n)
	}

	for _, extras := range [][]aggregate.Extra{nil, {aggregate.WithID("b")}} {
		n := 14 << 10
		if extras == nil {
			n = 1 << 20
		}

		if got, err := tell.Do(t.Context(), r, "till:1", n, extras...); err != nil || len(got.Value) != n {
			t.Errorf("%d bytes: got %d, %v", n, len(got.Value), err)
		}
	}

	if got, err := tell.Do(t.Context(), r, "till:1", 14<<10, aggregate.WithID("b")); err != nil || len(got.Value) != 14<<10 || !got.Repeated {
		t.Errorf("repeated: got %d bytes, %t, %v", len(got.Value), got.Repeated, err)
	}
}

// The first event says which command it came from, and all say who wanted it.
func TestAccount(t *testing.T) {
	t.Parallel()

	c := newTills()
	c.kind.With(aggregate.Settings{RecordInput: true})
	backend := newStore(t)
	r := runtime(t, backend, c.kind)

	if _, err := c.in.Do(t.Context(), r, "till:1", 9); err != nil {
		t.Fatal(err)
	}

	extras := []aggregate.Extra{aggregate.WithID("a"), aggregate.WithActor("ann"), aggregate.WithCorrelation("c"), aggregate.WithCausation("d")}
	if _, err := c.move.Do(t.Context(), r, "till:1", move{"till:2", 3}, extras...); err != nil {
		t.Fatal(err)
	}

	one, two := events(t, backend.Log, "till:1"), events(t, backend.Log, "till:2")
	if got := string(one[0].Meta.Extra); got != `{"$command":{"name":"pay_in","input":9}}` {
		t.Errorf("without an ID: %s", got)
	}

	var meta struct {
		Command struct {
			Name, ID, Hash string
			Result         json.RawMessage
			Version        int
			Input          json.RawMessage
		} `json:"$command"`
	}
	if err := json.Unmarshal(one[1].Meta.Extra, &meta); err != nil {
		t.Fatal(err)
	}

	got := meta.Command
	if got.Name != "move" || got.ID != "a" || len(got.Hash) != 32 || string(got.Result) != "6" || got.Version != 2 || string(got.Input) != `{"to":"till:2","n":3}` {
		t.Errorf("with an ID: %s", one[1].Meta.Extra)
	}

	for _, e := range []event.Event{one[1], two[0]} {
		if e.Actor != "ann" || e.Meta.Correlation != "c" || e.Meta.Causation != "d" {
			t.Errorf("%+v", e)
		}
	}

	if len(two[0].Meta.Extra) != 0 {
		t.Errorf("the second event says so, too: %s", two[0].Meta.Extra)
	}
}
