package backends

import (
	"context"
	"log/slog"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
	"github.com/recountdev/recount/store/pebble"
)

// Options change how a store is opened. The zero value is ready to use.
type Options struct {
	// Limits says how large an append may be. Defaults to those of package store.
	Limits store.Limits
	// Logger is told what the store does by itself. Defaults to none.
	Logger *slog.Logger
	// MustExist refuses a store that is not there with fault.CodeNotFound.
	// Defaults to false: the store is made.
	MustExist bool
}

// Open opens the store that a URL names, and makes it if it is not there.
// Closing its log closes all of it.
func Open(ctx context.Context, url string) (store.Backend, error) {
	return OpenWith(ctx, url, Options{})
}

// OpenWith is Open with options.
func OpenWith(ctx context.Context, url string, o Options) (store.Backend, error) {
	at, err := parse(url)
	if err != nil {
		return store.Backend{}, err
	}

	if at.scheme == schemeMemory {
		return memory.NewWith(memory.Options{Limits: o.Limits}), nil
	}

	return pebble.Open(ctx, at.folder, pebble.Options{Limits: o.Limits, Logger: o.Logger, MustExist: o.MustExist})
}

// Restore makes the store that a URL names from a backup. The store must not
// exist yet; it gets a new epoch. progress may be nil.
func Restore(ctx context.Context, backup, url string, progress store.Progress) error {
	at, err := parse(url)
	if err != nil {
		return err
	}

	if at.scheme == schemeMemory {
		return fault.Invalid("a backup cannot be restored into memory, which ends with the program: write pebble:folder")
	}

	return pebble.Restore(ctx, backup, at.folder, progress)
}
