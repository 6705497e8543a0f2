package topic

import (
	"context"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// maxReadBytes is about how many bytes are read at once for one subscription,
// unless that is one event: a client that is behind, and perhaps takes nothing
// more, holds so much.
const maxReadBytes = 64 << 10

// read returns events from the log after a place, at most a push's worth, and up to
// where they go: further than the place, and at most to upto. There may be none
// of a category.
func (h *Hub) read(ctx context.Context, name Name, place, upto uint64) ([]event.Event, uint64, error) {
	if name.IsCategory() {
		return h.readCategory(ctx, name, place, upto)
	}

	return h.readStream(ctx, name, place, upto)
}

// readStream reads some events of a stream.
func (h *Hub) readStream(ctx context.Context, name Name, place, upto uint64) ([]event.Event, uint64, error) {
	var (
		events []event.Event
		bytes  = pushBytes
		limit  = int(min(upto-place, maxPushEvents))
	)

	for e, err := range h.log.Read(ctx, name.Stream(), store.Range{From: event.Version(place + 1), Limit: limit}) {
		if err != nil && len(events) > 0 {
			break // what comes before a damaged event is shown; it fails the next time
		}

		if err != nil {
			return nil, place, err
		}

		bytes += weight(&e)
		if len(events) > 0 && bytes > maxReadBytes {
			break
		}

		events = append(events, e)
	}

	if len(events) == 0 {
		return nil, place, fault.Internal("stream %s ends at version %d, before version %d that it had", name, place, upto)
	}

	return events, uint64(events[len(events)-1].Version), nil
}

// mostPages is how many pages of the feed are read in a row when none of them
// has an event of the category.
const mostPages = 16

// readCategory reads some pages of the feed, until there is an event.
func (h *Hub) readCategory(ctx context.Context, name Name, place, upto uint64) ([]event.Event, uint64, error) {
	var (
		filter  = store.Filter{Categories: []string{name.Category()}}
		covered = place
		pages   = 0
	)

	for page, err := range h.log.Feed(ctx, event.PositionAt(place), filter) {
		if err != nil && covered > place {
			break
		}

		if err != nil {
			return nil, place, err
		}

		covered = min(page.Upto.Number(), upto)
		events := upTo(name, page.Events, upto)
		if n := readful(events); n < len(events) {
			return events[:n], name.place(&events[n-1]), nil
		}

		pages++
		if len(events) > 0 || covered == upto || pages == mostPages {
			return events, covered, nil
		}
	}

	if covered == place {
		return nil, place, fault.Internal("the feed ends at position %d, before position %d that it had", place, upto)
	}

	return nil, covered, nil
}

// readful returns how many of the events are handed out at once, at least one
// if there are any.
func readful(events []event.Event) int {
	n, bytes := 0, pushBytes
	for n < len(events) && n < maxPushEvents {
		bytes += weight(&events[n])
		if n > 0 && bytes > maxReadBytes {
			break
		}

		n++
	}

	return n
}
