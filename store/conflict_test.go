package store_test

import (
	"testing"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

func TestConflictVersions(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		expect           store.Expectation
		expected, actual uint64
	}{
		{store.Exactly(3), 3, 5},
		{store.NoStream(), 0, 5},
		{store.SomeStream(), 1, 0},
	} {
		err := &store.ConflictError{Stream: "meeting:42", Expected: c.expect, Actual: event.Version(c.actual)}
		if expected, actual := err.ConflictVersions(); expected != c.expected || actual != c.actual {
			t.Errorf("%s: got %d and %d, want %d and %d", c.expect, expected, actual, c.expected, c.actual)
		}
	}
}
