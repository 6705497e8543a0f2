package recount_test

import (
	"testing"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

func TestNewNeedsABackend(t *testing.T) {
	t.Parallel()

	if _, err := recount.New(t.Context(), recount.Options{}); fault.Of(err) != fault.CodeInvalid {
		t.Errorf("without a backend: %v", err)
	}

	closed := memory.New()
	if err := closed.Log.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	if _, err := recount.New(t.Context(), recount.Options{Backend: closed}); fault.Of(err) != fault.CodeUnavailable {
		t.Errorf("with a closed backend: %v", err)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()

	app, err := recount.New(t.Context(), recount.Options{Backend: memory.New()})
	if err != nil {
		t.Fatal(err)
	}

	if _, err := app.Marks().Put(t.Context(), "checkpoint", []byte("17"), store.Absent); err != nil {
		t.Error(err)
	}

	for range 2 {
		if err := app.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}

	if _, err := app.Log().Head(t.Context(), "meeting:42"); fault.Of(err) != fault.CodeUnavailable {
		t.Errorf("after Close: %v", err)
	}
}
