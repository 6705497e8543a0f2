package topic

import (
	"context"
	"encoding/json"
	"fmt"
)

// Request says how to join a topic.
type Request struct {
	// Name of the topic.
	Name Name
	// Since is the place after which to go on; nil means from the beginning.
	Since *uint64
	// Now goes on after the end of the topic, whatever Since says.
	Now bool
	// Epoch is that of the log which gave Since. Defaults to no check.
	Epoch string
	// All includes live-only events in the history.
	All bool
	// Wake is called when something is due, with locks held, perhaps before Join
	// returns: it must return at once and must not call the subscription. Call
	// Next once without waiting for it. Required.
	Wake func()

	pages bool // Follow's: no pushes are made
}

// Joined says where a subscription begins.
type Joined struct {
	// Epoch of the log.
	Epoch string
	// Version is the end of the topic at the join; a position if the topic is
	// a category.
	Version uint64
	// First is the lowest place that can be read.
	First uint64
	// Recovered says that Since, or Now, was honoured.
	Recovered bool
}

// GoneError says that there is no such place in the topic: the log is another
// one, or was restored. The client has to start anew.
type GoneError struct {
	Name Name
	// Epoch and Head are those that hold.
	Epoch string
	Head  uint64
	// Problem says what is wrong with what was asked for.
	Problem string
}

// Error names the topic, what is wrong, and what to do.
func (e *GoneError) Error() string {
	return fmt.Sprintf("topic %s: %s: forget what you have and join without since", e.Name, e.Problem)
}

// FaultCode returns the code that package fault gives this error.
func (*GoneError) FaultCode() string { return "gone" }

// FaultDetails returns {"epoch": …, "head": …} for programs.
func (e *GoneError) FaultDetails() json.RawMessage {
	epoch, _ := json.Marshal(e.Epoch) // a string cannot fail
	text := append([]byte(`{"epoch":`), epoch...)
	text = e.Name.AppendPlace(append(text, `,"head":`...), e.Head)

	return append(text, '}')
}

// Join subscribes to a topic. Leave ends the subscription. It fails with a
// *GoneError if Since lies beyond the end or Epoch is another one.
func (h *Hub) Join(ctx context.Context, r Request) (*Subscription, Joined, error) {
	t := h.enter(r.Name)

	joined, err := h.place(ctx, &r)
	if err != nil {
		h.leave(t)

		return nil, Joined{}, err
	}

	s := &Subscription{
		hub:     h,
		topic:   t,
		wake:    r.Wake,
		history: joined.Version,
		all:     r.All || h.options.LiveOnly == nil,
		pages:   r.pages,
		reach:   firstReach,
	}
	s.seen.Store(untracked)

	switch {
	case r.Now:
		s.place.Store(joined.Version)
	case r.Since != nil:
		s.place.Store(*r.Since)
	}

	t.watchers.add(s)
	h.subscriptions.Add(1)

	return s, joined, nil
}

// place finds out where the topic ends and whether the request fits.
func (h *Hub) place(ctx context.Context, r *Request) (Joined, error) {
	joined := Joined{Epoch: h.epoch, First: 1, Recovered: r.Now || r.Since != nil}

	if r.Name.IsCategory() {
		state, err := h.log.State(ctx)
		if err != nil {
			return joined, err
		}

		joined.Version = state.Head.Number()
	} else {
		head, err := h.log.Head(ctx, r.Name.Stream())
		if err != nil {
			return joined, err
		}

		joined.Version = uint64(head)
	}

	gone := &GoneError{Name: r.Name, Epoch: h.epoch, Head: joined.Version}

	switch {
	case r.Epoch != "" && r.Epoch != h.epoch:
		gone.Problem = "the log is another one than epoch " + r.Epoch

		return joined, gone
	case r.Since != nil && !r.Now && *r.Since > joined.Version:
		gone.Problem = fmt.Sprintf("since %s lies beyond the end, %s", r.Name.AppendPlace(nil, *r.Since), r.Name.AppendPlace(nil, joined.Version))

		return joined, gone
	default:
		return joined, nil
	}
}
