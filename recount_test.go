package recount_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
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

// TestCloseEndsWithItsContext sees that Close does not wait for a handler that
// does not end, closes the log all the same, and the rest when the handler ends.
func TestCloseEndsWithItsContext(t *testing.T) {
	t.Parallel()

	views, err := projection.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "views.db"))
	if err != nil {
		t.Fatal(err)
	}

	entered, held := make(chan struct{}), make(chan struct{})

	app, err := recount.New(t.Context(), recount.Options{Backend: memory.New(), Views: recount.Views{
		Database: views,
		Projections: []*projection.Definition{projection.Define("stuck", projection.Options{Tables: "create table stuck (n bigint)"},
			projection.OnEach(func(context.Context, *projection.Tx, *event.Event) error {
				close(entered)
				<-held

				return context.Canceled
			}))},
	}})
	if err != nil {
		t.Fatal(err)
	}

	if _, err := app.Log().Append(t.Context(), store.Batch{Stream: "meeting:42", Drafts: []event.Draft{{Type: "begun"}}}); err != nil {
		t.Error(err)
	}

	<-entered

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()

	closed := make(chan error, 1)
	go func() { closed <- app.Close(ctx) }()

	select {
	case err := <-closed:
		if fault.Of(err) != fault.CodeUnavailable {
			t.Errorf("got %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("Close waits for the handler")
	}

	every, patience := time.NewTicker(time.Millisecond), time.After(time.Minute)
	defer every.Stop()

	for logOpen := true; logOpen; {
		select {
		case <-every.C:
			_, err := app.Log().Head(t.Context(), "meeting:42")
			logOpen = fault.Of(err) != fault.CodeUnavailable
		case <-patience:
			t.Error("the handler keeps the log open")

			logOpen = false
		}
	}

	close(held)

	if err := app.Close(t.Context()); err != nil {
		t.Error(err)
	}

	if err := views.Reader().PingContext(t.Context()); err == nil {
		t.Error("the views are open")
	}
}
