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

// mostReach is how many events are asked for at once, at most.
const mostReach = maxPushEvents

// firstReach is how many events are asked for at first.
const firstReach = 128

// read returns events from the log after a place, so many that a client may have
// to hold them, and up to where they go: further than the place, and at most to
// upto. There may be none of a category. Only Next and Follow call it.
func (s *Subscription) read(ctx context.Context, place, upto uint64) ([]event.Event, uint64, error) {
	if s.topic.name.IsCategory() {
		return s.readCategory(ctx, place, upto)
	}

	return s.readStream(ctx, place, upto)
}

// reached learns how many events to ask for, so that few are read in vain.
func (s *Subscription) reached(events int, all bool) {
	if all {
		s.reach = min(2*s.reach, mostReach)
	} else {
		s.reach = min(events+events/8+1, mostReach)
	}
}

// readStream reads some events of a stream.
func (s *Subscription) readStream(ctx context.Context, place, upto uint64) ([]event.Event, uint64, error) {
	var (
		name   = s.topic.name
		events []event.Event
		bytes  = pushBytes
		all    = true
		r      = store.Range{From: event.Version(place + 1), Limit: int(min(upto-place, uint64(s.reach)))}
	)

	for e, err := range s.hub.log.Read(ctx, name.Stream(), r) {
		if err != nil && len(events) > 0 {
			break // what comes before a damaged event is shown; it fails the next time
		}

		if err != nil {
			return nil, place, err
		}

		bytes += weight(&e)
		if all = len(events) == 0 || bytes <= maxReadBytes; !all {
			break
		}

		events = append(events, e)
	}

	if len(events) == 0 {
		return nil, place, fault.Internal("stream %s ends at version %d, before version %d that it had", name, place, upto)
	}

	s.reached(len(events), all)

	return events, uint64(events[len(events)-1].Version), nil
}

// mostPages is how many pages of the feed are read in a row when none of them
// has an event of the category.
const mostPages = 16

// readCategory reads some pages of the feed, until there is an event.
func (s *Subscription) readCategory(ctx context.Context, place, upto uint64) ([]event.Event, uint64, error) {
	var (
		name    = s.topic.name
		filter  = store.Filter{Categories: []string{name.Category()}, PageSize: s.reach}
		covered = place
		pages   = 0
	)

	for page, err := range s.hub.log.Feed(ctx, event.PositionAt(place), filter) {
		if err != nil && covered > place {
			break
		}

		if err != nil {
			return nil, place, err
		}

		covered = min(page.Upto.Number(), upto)
		events := upTo(name, page.Events, upto)
		if n := readful(events); n < len(events) {
			s.reached(n, false)

			return events[:n], name.place(&events[n-1]), nil
		}

		pages++
		if len(events) > 0 || covered == upto || pages == mostPages {
			s.reached(len(events), true)

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
