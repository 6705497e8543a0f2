package topic

import (
	"context"
	"fmt"
	"iter"

	"github.com/recountdev/recount/event"
)

// Page is a part of a topic.
type Page struct {
	// Events come in the topic's order. The slice is shared and must not be
	// modified.
	Events []event.Event
	// Upto is the place that the page covers: where to go on after.
	Upto uint64
	// Live says that this was the end of the topic.
	Live bool
}

// Follow yields what comes after a place of a topic, live-only events included:
// history, then every event as it comes. It never ends by itself, but with an
// error that wraps the context's when ctx ends, and fails with a *GoneError if
// the place lies beyond the end. The first page that reaches the end has Live
// set, and may be empty; so may be pages of a category.
func (h *Hub) Follow(ctx context.Context, name Name, after uint64) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		due := make(chan struct{}, 1)
		wake := func() {
			select {
			case due <- struct{}{}:
			default:
			}
		}

		s, joined, err := h.Join(ctx, Request{Name: name, Since: &after, All: true, Wake: wake, pages: true})
		if err != nil {
			yield(Page{}, err)

			return
		}
		defer s.Leave(true)

		if joined.Version == after && !yield(Page{Upto: after, Live: true}, nil) {
			return
		}

		for {
			page, err := s.page(ctx, due)
			if err != nil {
				yield(Page{}, err)

				return
			}

			if !yield(page, nil) {
				return
			}
		}
	}
}

// page returns the next page, and waits until there is one.
func (s *Subscription) page(ctx context.Context, due <-chan struct{}) (Page, error) {
	for {
		if ctx.Err() != nil {
			return Page{}, fmt.Errorf("follow %s: %w", s.topic.name, ctx.Err())
		}

		place := s.place.Load()
		f, upto, end := s.topic.next(place, s.history)

		var events []event.Event

		switch {
		case f != nil:
			events = f.rest(place)
		case upto > place:
			var err error
			if events, upto, err = s.read(ctx, place, upto); err != nil {
				return Page{}, err
			}
		default:
			select {
			case <-due:
			case <-ctx.Done():
			}

			continue
		}

		s.place.Store(upto)

		return Page{Events: events, Upto: upto, Live: upto >= end}, nil
	}
}
