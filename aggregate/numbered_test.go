package aggregate_test

import (
	"testing"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// TestNobodyTakesANumber sees that a stream with a number begins only by being
// created: else the sequence could not give the number any more.
func TestNobodyTakesANumber(t *testing.T) {
	t.Parallel()

	type opened struct{}

	d := aggregate.Define("ticket", aggregate.On("opened", func(*int, opened) {}))
	open := aggregate.Creation(d, "open", func(s aggregate.Scope[int], _ struct{}) (string, error) {
		s.Emit(opened{})

		return s.Stream().ID(), nil
	})
	reopen := aggregate.Command(d, "reopen", func(s aggregate.Scope[int], _ struct{}) (struct{}, error) {
		s.Emit(opened{})

		return struct{}{}, nil
	})
	r := runtime(t, newStore(t), d)

	if _, err := reopen.Do(t.Context(), r, "ticket:1", struct{}{}); fault.Of(err) != fault.CodeNotFound {
		t.Errorf("a number that was not given: got %v", err)
	}

	if got, err := open.Do(t.Context(), r, struct{}{}); err != nil || got.Value != "1" {
		t.Errorf("the first: got %+v, %v", got, err)
	}

	for _, stream := range []event.Stream{"ticket:1", "ticket:01", "ticket:lost"} {
		if _, err := reopen.Do(t.Context(), r, stream, struct{}{}); err != nil {
			t.Errorf("%s: got %v", stream, err)
		}
	}
}

// TestEmittedDraftsSayWhoTheyAreFrom sees that a draft keeps what it says itself.
func TestEmittedDraftsSayWhoTheyAreFrom(t *testing.T) {
	t.Parallel()

	type moved struct{}

	d := aggregate.Define("ticket", aggregate.On("moved", func(*int, moved) {}))
	move := aggregate.Command(d, "move", func(s aggregate.Scope[int], _ struct{}) (struct{}, error) {
		s.EmitTo("board:1", event.Draft{Type: "ticket_left", Actor: "robot", Meta: event.Meta{Causation: "rule"}})
		s.EmitTo("board:2", event.Draft{Type: "ticket_came"})

		return struct{}{}, nil
	})
	backend := newStore(t)

	if _, err := move.Do(t.Context(), runtime(t, backend, d), "ticket:1", struct{}{}, aggregate.WithActor("ada"), aggregate.WithCorrelation("c"), aggregate.WithCausation("click")); err != nil {
		t.Fatal(err)
	}

	for stream, want := range map[event.Stream][3]string{"board:1": {"robot", "c", "rule"}, "board:2": {"ada", "c", "click"}} {
		for _, e := range events(t, backend.Log, stream) {
			if got := [3]string{e.Actor, e.Meta.Correlation, e.Meta.Causation}; got != want {
				t.Errorf("%s: got %q, want %q", stream, got, want)
			}
		}
	}
}
