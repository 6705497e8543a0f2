package session

import (
	"context"
	"time"

	"github.com/recountdev/recount/internal/payload"
	"github.com/recountdev/recount/topic"
	"github.com/recountdev/recount/wire"
)

// Batch takes messages that are sent at once.
type Batch interface {
	// Message adds one message.
	Message(text []byte)
	// Text adds one message, made of a head, a payload that others send, too,
	// and a tail. Head and tail are the caller's again afterwards.
	Text(head []byte, p *payload.Payload, tail []byte)
	// Len returns about how many bytes were added.
	Len() int
}

// Gathered says what Gather found.
type Gathered struct {
	// More is due already.
	More bool
	// Behind says that some of it has to be read from the log.
	Behind bool
	// Events that were live, and when the latest of them was recorded.
	Events int
	Latest time.Time
}

// enough is about how many bytes are sent at once.
const enough = 64 << 10

// Gather moves what is due into a batch: answers first, then what is due on each
// topic in turn, so that no topic waits behind another's long history. It reads
// the log only if mayRead is set, and returns soon otherwise. One goroutine calls
// it at a time.
func (s *Session) Gather(ctx context.Context, b Batch, mayRead bool) Gathered {
	s.mu.Lock()
	answers, due := s.answers, s.due
	s.answers, s.due, s.waiting = nil, nil, 0
	for _, ch := range due {
		ch.due = false
	}
	s.mu.Unlock()

	if len(answers) > 0 {
		s.sent.Wake()
	}

	for _, message := range answers {
		b.Message(message)
	}

	var g Gathered

	scratch := s.house.borrow()
	defer s.house.giveBack(scratch)

	for i, ch := range due {
		if b.Len() >= enough {
			s.postpone(due[i:])

			break
		}

		if !mayRead && ch.subscription.NeedsLog() {
			g.Behind = true
			s.wake(ch)

			continue
		}

		s.gather(ctx, ch, b, &g, scratch)
	}

	s.mu.Lock()
	g.More = len(s.due) > 0 || len(s.answers) > 0
	if s.due == nil && cap(due) <= mostDueKept {
		clear(due)
		s.due = due[:0] // room for the next channel that is due
	}
	s.mu.Unlock()

	return g
}

// mostDueKept is for how many channels that are due a session keeps room while
// none is.
const mostDueKept = 2

// scratch is room that the channels of one Gather share.
type scratch struct {
	pushes []topic.Push
	head   []byte
}

// mostPushesKept is for how many pushes a scratch keeps room while nobody has it.
const mostPushesKept = 64

// borrow returns a scratch, perhaps a used one.
func (h *House) borrow() *scratch {
	if used, ok := h.scratches.Get().(*scratch); ok {
		return used
	}

	return &scratch{}
}

// giveBack keeps a scratch for another Gather, but nothing that it refers to.
func (h *House) giveBack(s *scratch) {
	if cap(s.pushes) > mostPushesKept {
		return
	}

	clear(s.pushes[:cap(s.pushes)])
	h.scratches.Put(s)
}

// gather moves what is due on one channel.
func (s *Session) gather(ctx context.Context, ch *channel, b Batch, g *Gathered, room *scratch) {
	if !s.open(ch) {
		return
	}

	pushes, more, err := ch.subscription.Next(ctx, room.pushes[:0], enough-b.Len())
	room.pushes = pushes

	for i := range pushes {
		push := &pushes[i]
		room.head = wire.AppendPushHead(room.head[:0], ch.joinRef, string(ch.name), push.Event)
		b.Text(room.head, push.Payload, closing)
		if push.Latest != nil {
			g.Events += push.Events
			g.Latest = push.Latest.Recorded
		}
	}

	switch {
	case err != nil && ctx.Err() == nil:
		s.fail(ch, err)
	case more:
		s.wake(ch)
	}
}

// closing ends a message whose payload was written by AppendPushHead's caller.
var closing = []byte("]")

// open reports whether a channel may send.
func (s *Session) open(ch *channel) bool {
	s.mu.Lock()
	defer s.mu.Unlock()

	return ch.ready && !ch.paused
}

// postpone puts channels back, before those that became due meanwhile.
func (s *Session) postpone(channels []*channel) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.closed {
		return
	}

	again := make([]*channel, 0, len(channels)+len(s.due))
	for _, ch := range channels {
		if ch.ready && !ch.due && !ch.paused {
			ch.due = true
			again = append(again, ch)
		}
	}

	s.due = append(again, s.due...)
}
