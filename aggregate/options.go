package aggregate

import (
	"cmp"
	"log/slog"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// Options say what a runtime stands on and how much it may keep.
type Options struct {
	// Log of all events. Required; an App gives its own.
	Log store.Log
	// Marks keep the snapshots. Defaults to none: then there are no snapshots.
	// An App gives its own.
	Marks store.Marks
	// Kinds are the definitions. Defaults to none.
	Kinds []Kind
	// Live is how many aggregates stay in memory; those used least recently
	// go first, and busy ones stay. Defaults to 100,000.
	Live int
	// Bytes is how much memory their states may take, by estimate. Defaults to
	// 256 MiB.
	Bytes int64
	// Waiting is how many commands may wait for one aggregate; more are refused
	// with fault.CodeUnavailable. Defaults to 10,000.
	Waiting int
	// Keys say how the values of each kind are told apart that are reserved.
	// Defaults to NormalizeText for all.
	Keys map[string]Key
	// Logger is told of panics in deciders and of snapshots that failed.
	// Defaults to none.
	Logger *slog.Logger
}

func (o *Options) validate() error {
	if o.Log == nil {
		return fault.Invalid("aggregate.Options.Log is empty: set it to the log of a store")
	}

	o.Live = cmp.Or(o.Live, 100_000)
	o.Bytes = cmp.Or(o.Bytes, 256<<20)
	o.Waiting = cmp.Or(o.Waiting, 10_000)
	if o.Live < 0 || o.Bytes < 0 || o.Waiting < 0 {
		return fault.Invalid("aggregate.Options: Live, Bytes and Waiting must not be negative")
	}

	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}

	return nil
}
