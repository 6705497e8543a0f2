package store

import (
	"slices"
	"time"

	"github.com/recountdev/recount/event"
)

// DefaultPageSize is the number of events that a page of the feed has at most,
// unless the filter says otherwise.
const DefaultPageSize = 500

// Filter says which events of the feed to show. The zero value shows all. An
// event has to match every field that is set; in a field with several values,
// one of them.
type Filter struct {
	// Categories of streams. Defaults to all.
	Categories []string
	// Streams by name. Defaults to all.
	Streams []event.Stream
	// Types of events. Defaults to all.
	Types []string
	// Actors of events. Defaults to all.
	Actors []string
	// Since leaves out what was recorded before that time. Defaults to no limit.
	Since time.Time
	// Follow goes on after the end of the log. Defaults to false.
	Follow bool
	// PageSize is how many events a page covers at most. A page also ends at
	// about 1 MiB. Defaults to DefaultPageSize.
	PageSize int
}

// Matches reports whether the filter lets the event through.
func (f *Filter) Matches(e *event.Event) bool {
	return (len(f.Categories) == 0 || slices.Contains(f.Categories, e.Stream.Category())) &&
		(len(f.Streams) == 0 || slices.Contains(f.Streams, e.Stream)) &&
		(len(f.Types) == 0 || slices.Contains(f.Types, e.Type)) &&
		(len(f.Actors) == 0 || slices.Contains(f.Actors, e.Actor)) &&
		(f.Since.IsZero() || !e.Recorded.Before(f.Since))
}

// IsAll reports whether the filter lets everything through.
func (f *Filter) IsAll() bool {
	return len(f.Categories) == 0 && len(f.Streams) == 0 && len(f.Types) == 0 && len(f.Actors) == 0 && f.Since.IsZero()
}
