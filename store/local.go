package store

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/recountdev/recount/fault"
)

// LocalRelay is the Relay of a log that one process keeps for itself: whoever
// subscribes in this process hears what this process publishes. It copies a
// payload once, however many listen, so receivers share it and must not modify
// it. It starts no goroutine.
type LocalRelay struct {
	// mu is held while a message is handed out, so that all who listen to a
	// channel hear its messages in the same order.
	mu       sync.Mutex
	closed   bool
	channels map[string]map[*subscription]struct{}
}

var _ Relay = (*LocalRelay)(nil)

// NewLocalRelay returns a relay within this process, open until Close.
func NewLocalRelay() *LocalRelay {
	return &LocalRelay{channels: make(map[string]map[*subscription]struct{})}
}

// Publish hands a copy of the payload to everybody who is subscribed to the
// channel, and waits for nobody.
func (r *LocalRelay) Publish(ctx context.Context, channel string, payload []byte) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("publish to %q: %w", channel, err)
	}

	r.mu.Lock()
	defer r.mu.Unlock()

	if r.closed {
		return relayClosed()
	}

	listening := r.channels[channel]
	if len(listening) == 0 {
		return nil
	}

	shared := bytes.Clone(payload)
	for s := range listening {
		s.offer(shared)
	}

	return nil
}

// Subscribe listens to a channel until ctx ends, the relay closes, or the
// consumer leaves the sequence.
func (r *LocalRelay) Subscribe(ctx context.Context, channel string) (iter.Seq2[Message, error], error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("subscribe to %q: %w", channel, err)
	}

	s := &subscription{changed: make(chan struct{}, 1)}
	if err := r.add(channel, s); err != nil {
		return nil, err
	}

	stop := context.AfterFunc(ctx, func() {
		r.remove(channel, s)
		s.end(ctx.Err())
	})

	var ranged atomic.Bool

	return func(yield func(Message, error) bool) {
		if ranged.Swap(true) {
			yield(Message{}, fault.Invalid("the subscription to %q was already ranged over: subscribe again", channel))
			return
		}

		defer r.remove(channel, s)
		defer stop()

		for {
			m, err := s.next(ctx)
			if err != nil {
				yield(Message{}, fmt.Errorf("subscription to %q: %w", channel, err))
				return
			}

			if !yield(m, nil) {
				return
			}
		}
	}, nil
}

// Close ends all subscriptions with fault.CodeUnavailable; so fails whatever is
// called later. A second Close does nothing.
func (r *LocalRelay) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.closed = true
	for _, listening := range r.channels {
		for s := range listening {
			s.end(relayClosed())
		}
	}

	clear(r.channels)
}

func (r *LocalRelay) add(channel string, s *subscription) error {
	r.mu.Lock()
	defer r.mu.Unlock()

	if r.closed {
		return relayClosed()
	}

	listening := r.channels[channel]
	if listening == nil {
		listening = make(map[*subscription]struct{})
		r.channels[channel] = listening
	}

	listening[s] = struct{}{}

	return nil
}

func (r *LocalRelay) remove(channel string, s *subscription) {
	r.mu.Lock()
	defer r.mu.Unlock()

	delete(r.channels[channel], s)
	if len(r.channels[channel]) == 0 {
		delete(r.channels, channel)
	}
}

func relayClosed() error {
	return fault.Unavailable("the relay is closed: open the store again")
}

// subscription is a queue of at most RelayQueue messages with one reader.
type subscription struct {
	// changed holds a token whenever there is something new to look at.
	changed chan struct{}

	mu      sync.Mutex
	waiting [][]byte
	dropped uint64
	err     error
}

// offer puts a message into the queue; if that is full, the oldest leaves it.
func (s *subscription) offer(payload []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.err != nil {
		return
	}

	if len(s.waiting) == RelayQueue {
		s.pop()
		s.dropped++
	}

	s.waiting = append(s.waiting, payload)
	s.tell()
}

// end drops what is waiting and fails the reader with err.
func (s *subscription) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.err == nil {
		s.err, s.waiting = err, nil
		s.tell()
	}
}

// next waits for a message.
func (s *subscription) next(ctx context.Context) (Message, error) {
	for {
		if err := ctx.Err(); err != nil {
			return Message{}, err
		}

		if m, found, err := s.take(); found || err != nil {
			return m, err
		}

		select {
		case <-s.changed:
		case <-ctx.Done():
		}
	}
}

// take returns the oldest message, if there is one.
func (s *subscription) take() (Message, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.err != nil || len(s.waiting) == 0 {
		return Message{}, false, s.err
	}

	m := Message{Payload: s.pop(), Dropped: s.dropped}
	s.dropped = 0

	return m, true, nil
}

// pop removes the oldest message, and lets go of its memory.
func (s *subscription) pop() []byte {
	oldest := s.waiting[0]
	s.waiting[0] = nil
	s.waiting = s.waiting[1:]

	return oldest
}

func (s *subscription) tell() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}
