package recount

import (
	"context"
	"fmt"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// Options say what an App stands on.
type Options struct {
	// Backend is the store, such as backends.Open or memory.New returns it.
	// Required; the App owns it from then on.
	Backend store.Backend
}

// App is a whole Recount in one program. All methods are safe for concurrent
// use.
type App struct {
	backend store.Backend
}

// New returns an App on a backend that is open. If it fails, the backend stays
// with the caller.
func New(ctx context.Context, o Options) (*App, error) {
	if o.Backend.Log == nil {
		return nil, fault.Invalid(`recount.Options.Backend is empty: set it to memory.New(), or to what backends.Open(ctx, "pebble:data") returns`)
	}

	if _, err := o.Backend.Log.State(ctx); err != nil {
		return nil, fmt.Errorf("recount: the backend does not answer: %w", err)
	}

	return &App{backend: o.Backend}, nil
}

// Log returns the log of all events: the one way to append, read and follow.
func (a *App) Log() store.Log { return a.backend.Log }

// Marks returns the named values beside the log.
func (a *App) Marks() store.Marks { return a.backend.Marks }

// Close ends all calls and closes the backend. Appends that were accepted are
// finished first, unless ctx ends. A second Close does nothing.
func (a *App) Close(ctx context.Context) error {
	if err := a.backend.Log.Close(ctx); err != nil {
		return fmt.Errorf("close the backend: %w", err)
	}

	return nil
}
