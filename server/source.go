package server

import (
	"context"
	"iter"
	"sort"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/topic"
)

// source is what can be read by offsets: a stream, where they are versions, or
// the feed, where they are positions.
type source interface {
	// head returns the offset of the end.
	head(ctx context.Context) (uint64, error)
	// read gathers what comes after a place, as it is now.
	read(ctx context.Context, after uint64, to *page) error
	// follow yields what comes after a place: history, then every event as it
	// comes. It never ends by itself.
	follow(ctx context.Context, after uint64) iter.Seq2[topic.Page, error]
	// place returns the offset right after an event.
	place(e *event.Event) uint64
}

// streamSource is a stream as a caller may read it.
type streamSource struct {
	server *Server
	caller *auth.Caller
	stream event.Stream
	ask    *reading
}

func (s *streamSource) head(ctx context.Context) (uint64, error) {
	head, err := s.server.door.Head(ctx, s.caller, s.stream)

	return uint64(head), err
}

func (s *streamSource) read(ctx context.Context, after uint64, to *page) error {
	to.upto, to.live = after, true
	for e, err := range s.server.door.Read(ctx, s.caller, s.stream, store.Range{
		From:  event.Version(after + 1),
		Until: s.ask.until,
		Limit: s.ask.limit + 1,
	}) {
		if err != nil {
			return err
		}

		if !to.add(&e, s.ask.limit) {
			to.live = false

			return nil
		}

		to.upto = uint64(e.Version)
	}

	if to.events > 0 {
		return nil
	}

	return s.checkPlace(ctx, after)
}

// readBackward gathers what comes before a place, the latest first.
func (s *streamSource) readBackward(ctx context.Context, before uint64, to *page) error {
	to.live = true
	if before == 0 {
		return s.server.door.MayRead(ctx, s.caller, s.stream)
	}

	for e, err := range s.server.door.Read(ctx, s.caller, s.stream, store.Range{
		From:     event.Version(before),
		Until:    s.ask.until,
		Limit:    s.ask.limit + 1,
		Backward: true,
	}) {
		if err != nil {
			return err
		}

		if !to.add(&e, s.ask.limit) {
			to.live = false

			return nil
		}

		to.upto = uint64(e.Version) - 1
	}

	if to.events > 0 {
		return nil
	}

	return s.checkPlace(ctx, before)
}

// checkPlace fails if a place lies beyond the end.
func (s *streamSource) checkPlace(ctx context.Context, place uint64) error {
	head, err := s.head(ctx)
	if err == nil && place > head {
		return fault.Gone("offset %s lies beyond the end of stream %s, %s: the log is another one than before, so forget what you have and read from offset=%s", offsetText(place), s.stream, offsetText(head), offsetStart)
	}

	return err
}

func (s *streamSource) follow(ctx context.Context, after uint64) iter.Seq2[topic.Page, error] {
	if err := s.server.door.MayRead(ctx, s.caller, s.stream); err != nil {
		return func(yield func(topic.Page, error) bool) { yield(topic.Page{}, err) }
	}

	return s.server.topics.Follow(ctx, topic.Name(s.stream), after)
}

func (*streamSource) place(e *event.Event) uint64 { return uint64(e.Version) }

// firstSince returns the place before the first event after a place that was
// recorded at a time or later: times never run backwards within a stream.
func (s *streamSource) firstSince(ctx context.Context, after uint64, since time.Time) (uint64, error) {
	head, err := s.head(ctx)
	if err != nil || head <= after {
		return after, err
	}

	var failed error
	n := sort.Search(int(head-after), func(i int) bool {
		for e, err := range s.server.door.Read(ctx, s.caller, s.stream, store.Range{From: event.Version(after + uint64(i) + 1), Limit: 1}) {
			if err != nil {
				failed = err
			}

			return err != nil || !e.Recorded.Before(since)
		}

		return true
	})

	return after + uint64(n), failed
}

// feedSource is the feed as a caller may read it.
type feedSource struct {
	server *Server
	caller *auth.Caller
	filter store.Filter
	ask    *reading
}

func (f *feedSource) head(ctx context.Context) (uint64, error) {
	state, err := f.server.door.State(ctx)
	if err != nil {
		return 0, err
	}

	for _, err := range f.server.door.Feed(ctx, f.caller, state.Head, f.filter) {
		return state.Head.Number(), err // no error: the caller may
	}

	return state.Head.Number(), nil
}

// feedPatience is how long a read of the feed looks for events that pass its
// filter before it answers with what it has.
const feedPatience = 2 * time.Second

func (f *feedSource) read(ctx context.Context, after uint64, to *page) error {
	began := time.Now()
	to.upto = after
	for part, err := range f.server.door.Feed(ctx, f.caller, event.PositionAt(after), f.filter) {
		if err != nil {
			return err
		}

		for i := range part.Events {
			if !to.add(&part.Events[i], f.ask.limit) {
				return nil
			}

			to.upto = part.Events[i].Position.Number()
		}

		to.upto, to.live = part.Upto.Number(), part.Live
		if time.Since(began) > feedPatience {
			break
		}
	}

	return nil
}

func (f *feedSource) follow(ctx context.Context, after uint64) iter.Seq2[topic.Page, error] {
	filter := f.filter
	filter.Follow = true

	return func(yield func(topic.Page, error) bool) {
		for part, err := range f.server.door.Feed(ctx, f.caller, event.PositionAt(after), filter) {
			if !yield(topic.Page{Events: part.Events, Upto: part.Upto.Number(), Live: part.Live}, err) || err != nil {
				return
			}
		}
	}
}

func (*feedSource) place(e *event.Event) uint64 { return e.Position.Number() }
