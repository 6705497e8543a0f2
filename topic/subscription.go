package topic

import (
	"context"
	"math"
	"sync"
	"sync/atomic"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/internal/payload"
)

// Subscription is a cursor in a topic. Next is called by one goroutine at a
// time; all other methods are safe for concurrent use.
type Subscription struct {
	hub     *Hub
	topic   *topic
	wake    func()
	index   int    // among the topic's watchers, guarded by their lock
	history uint64 // the end of the topic at the join
	all     bool   // live-only events of the history, too
	pages   bool   // Follow's, which takes pages
	reach   int    // how many events of the log are asked for at once; only Next changes it

	place atomic.Uint64 // what was handed out; only Next moves it
	seen  atomic.Uint64 // what was handed out of presence; see presence.due

	signals queue

	mu      sync.Mutex // comes before the hub's and the presence's
	present *member    // what is shown of the client
	left    bool
}

// untracked is what a subscription has seen of presence that is to see nothing.
const untracked = math.MaxUint64

// Name returns the topic's name.
func (s *Subscription) Name() Name { return s.topic.name }

// Place returns the place up to which pushes were handed out.
func (s *Subscription) Place() uint64 { return s.place.Load() }

// Push is something to send to a client.
type Push struct {
	// Event is its name: events, signal, presence_state, presence_diff or
	// presence_count.
	Event string
	// Payload is JSON, shared with other subscriptions where possible.
	Payload *payload.Payload
	// Events is how many events it has.
	Events int
	// Latest is the last of its events if they were recorded after the join
	// and are in memory still, else nil.
	Latest *event.Event
}

// Next appends what is due to pushes: presence, signals, and events up to about
// room bytes, but at least one push of them. Nothing is due if it appends
// nothing and there is no more; then Wake is called when there is. more says
// that there is more already; call Next again. It reads the log if the topic
// does not keep what comes next, at most one push of it.
func (s *Subscription) Next(ctx context.Context, pushes []Push, room int) (all []Push, more bool, err error) {
	pushes = s.signals.take(s.presenceDue(pushes))

	for shown := false; room > 0 || !shown; {
		place := s.place.Load()
		f, upto, end := s.topic.next(place, s.history)
		if f == nil && upto <= place {
			return pushes, false, nil
		}

		before := len(pushes)
		if f != nil {
			pushes = s.framed(pushes, f, place)
		} else if pushes, err = s.stored(ctx, pushes, place, upto); err != nil {
			return pushes, false, err
		}

		if len(pushes) > before {
			shown = true
			room -= len(pushes[before].Payload.Bytes())
		}

		if place = s.place.Load(); place >= end || f == nil {
			return pushes, place < end, nil
		}
	}

	return pushes, true, nil
}

// NeedsLog reports whether Next would read the log now.
func (s *Subscription) NeedsLog() bool {
	place := s.place.Load()
	f, upto, _ := s.topic.next(place, s.history)

	return f == nil && upto > place
}

// framed appends a push of what a frame has after a place. The push is shared
// unless a part of the frame is not for this subscription.
func (s *Subscription) framed(pushes []Push, f *frame, place uint64) []Push {
	events, upto := f.rest(place), f.upto
	live := place >= s.history
	if !live {
		events, upto = s.past(events, upto)
	}

	s.place.Store(upto)

	push := Push{Event: "events", Events: len(events)}

	switch {
	case len(events) == len(f.events) && upto == f.upto:
		push.Payload = f.encoded()
	case len(events) > 0 || upto == s.history:
		push.Payload = encode(s.topic.name, events, upto)
	default:
		return pushes
	}

	if live {
		push.Latest = &events[len(events)-1]
	}

	return append(pushes, push)
}

// stored appends a push of what the log has after a place, if there is something
// to show.
func (s *Subscription) stored(ctx context.Context, pushes []Push, place, upto uint64) ([]Push, error) {
	past := place < s.history
	if past {
		upto = min(upto, s.history)
	}

	events, covered, err := s.read(ctx, place, upto)
	if err != nil {
		return pushes, err
	}

	if past {
		events, covered = s.past(events, covered)
	}

	s.place.Store(covered)
	if len(events) > 0 || past && covered == s.history {
		pushes = append(pushes, Push{Event: "events", Payload: encode(s.topic.name, events, covered), Events: len(events)})
	}

	return pushes, nil
}

// past returns those of the events that belong to the history, and up to where
// they go then.
func (s *Subscription) past(events []event.Event, upto uint64) ([]event.Event, uint64) {
	if upto > s.history {
		events, upto = upTo(s.topic.name, events, s.history), s.history
	}

	if !s.all {
		events = withoutLiveOnly(events, s.hub.options.LiveOnly)
	}

	return events, upto
}

// withoutLiveOnly returns the events without those that newcomers do not get;
// the same slice if there are none.
func withoutLiveOnly(events []event.Event, liveOnly func(event.Stream, string) bool) []event.Event {
	for i := range events {
		if !liveOnly(events[i].Stream, events[i].Type) {
			continue
		}

		some := append(make([]event.Event, 0, len(events)-1), events[:i]...)
		for j := i + 1; j < len(events); j++ {
			if !liveOnly(events[j].Stream, events[j].Type) {
				some = append(some, events[j])
			}
		}

		return some
	}

	return events
}

// Leave ends the subscription. Whoever was present on it has left at once if
// gone is set; else only if they do not come back within the grace. Wake is not
// called any more once it returned. A second Leave does nothing.
func (s *Subscription) Leave(gone bool) {
	s.mu.Lock()
	left := s.left
	s.left = true
	s.mu.Unlock()

	if left {
		return
	}

	s.topic.watchers.remove(s)
	s.untrack(gone)
	s.hub.subscriptions.Add(-1)
	s.hub.leave(s.topic)
}
