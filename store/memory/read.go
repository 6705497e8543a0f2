package memory

import (
	"context"
	"iter"
	"slices"
	"sort"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// Read yields the events of one stream.
func (l *log) Read(ctx context.Context, stream event.Stream, r store.Range) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		if err := l.options.Limits.Event.CheckStream(stream); err != nil {
			yield(event.Event{}, err)
			return
		}

		events := part(l.stream(stream), r)
		for i := range events {
			e := events[i]
			if r.Backward {
				e = events[len(events)-1-i]
			}

			if err := l.life.check(ctx); err != nil {
				yield(event.Event{}, err)
				return
			}

			if !yield(*e, nil) {
				return
			}
		}

		if err := l.life.check(ctx); err != nil {
			yield(event.Event{}, err)
		}
	}
}

// part returns the events of a stream that a range asks for, oldest first.
func part(events []*event.Event, r store.Range) []*event.Event {
	if !r.Until.IsZero() {
		later := func(i int) bool { return events[i].Recorded.After(r.Until) }
		events = events[:sort.Search(len(events), later)]
	}

	from, count := r.From, event.Version(len(events))

	switch {
	case from == 0:
	case r.Backward:
		events = events[:min(from, count)]
	default:
		events = events[min(from-1, count):]
	}

	switch {
	case r.Limit <= 0 || r.Limit >= len(events):
		return events
	case r.Backward:
		return events[len(events)-r.Limit:]
	default:
		return events[:r.Limit]
	}
}

// Streams yields the names of streams in the order of their bytes.
func (l *log) Streams(ctx context.Context, category string, after event.Stream) iter.Seq2[event.Stream, error] {
	return func(yield func(event.Stream, error) bool) {
		for _, name := range l.names(category, after) {
			if err := l.life.check(ctx); err != nil {
				yield("", err)
				return
			}

			if !yield(name, nil) {
				return
			}
		}

		if err := l.life.check(ctx); err != nil {
			yield("", err)
		}
	}
}

// names returns the sorted names of the streams of a category that sort after
// a name.
func (l *log) names(category string, after event.Stream) []event.Stream {
	l.mu.RLock()
	defer l.mu.RUnlock()

	var names []event.Stream
	for name := range l.streams {
		if name > after && (category == "" || name.Category() == category) {
			names = append(names, name)
		}
	}

	slices.Sort(names)

	return names
}
