package store_test

import (
	"errors"
	"fmt"
	"testing"

	"go.uber.org/goleak"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestExpectation(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		expect store.Expectation
		text   string
		holds  []event.Version // of 0, 1, 2, 3
	}{
		{store.Expectation{}, "anything", []event.Version{0, 1, 2, 3}},
		{store.Anything(), "anything", []event.Version{0, 1, 2, 3}},
		{store.NoStream(), "no stream", []event.Version{0}},
		{store.Exactly(0), "no stream", []event.Version{0}},
		{store.Exactly(2), "version 2", []event.Version{2}},
		{store.Exactly(9), "version 9", nil},
		{store.SomeStream(), "some stream", []event.Version{1, 2, 3}},
	} {
		if got := c.expect.String(); got != c.text {
			t.Errorf("%+v in words: got %q, want %q", c.expect, got, c.text)
		}

		var holds []event.Version
		for v := range event.Version(4) {
			if c.expect.Holds(v) {
				holds = append(holds, v)
			}
		}

		if fmt.Sprint(holds) != fmt.Sprint(c.holds) {
			t.Errorf("%s holds for %v, want %v", c.expect, holds, c.holds)
		}
	}

	if store.NoStream() != store.Exactly(0) || store.Anything() != (store.Expectation{}) {
		t.Error("expectations that mean the same differ")
	}
}

func TestErrorsTellWhatToDo(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		err  error
		want string
		code fault.Code
	}{
		{
			&store.ConflictError{Stream: "meeting:1", Expected: store.Exactly(3), Actual: 5},
			"stream meeting:1: expected version 3, but it is at version 5: read what is new and decide again", fault.CodeConflict,
		},
		{
			&store.ConflictError{Stream: "meeting:1", Expected: store.SomeStream()},
			"stream meeting:1: expected some stream, but there is no such stream: read what is new and decide again", fault.CodeConflict,
		},
		{
			&store.ConflictError{Stream: "meeting:1", Expected: store.NoStream(), Actual: 1},
			"stream meeting:1: expected no stream, but it is at version 1: read what is new and decide again", fault.CodeConflict,
		},
		{
			&store.DuplicateError{ID: "a", Stream: "meeting:1", Version: 4, Reason: "with other data"},
			"id a is already recorded in stream meeting:1 at version 4, with other data: use a new id for a new event", fault.CodeConflict,
		},
		{&store.DamageError{Place: "event 7", Problem: "checksum differs"}, "damaged: event 7: checksum differs", fault.CodeInternal},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}

		if got := fault.Of(fmt.Errorf("append: %w", c.err)); got != c.code {
			t.Errorf("code of %q: got %s, want %s", c.err, got, c.code)
		}
	}

	if _, ok := errors.AsType[*store.ConflictError](fmt.Errorf("append: %w", &store.ConflictError{})); !ok {
		t.Error("a wrapped conflict is not found")
	}
}
