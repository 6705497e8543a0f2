package server

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/recountdev/recount/fault"
)

// closeCodes of RFC 6455.
const closeGoingAway = 1001

// Recheck asks the guards again about everything that clients have joined, and
// ends the subscriptions of those who have lost the right. Call it when rights
// changed that a guard looks at; Watch calls it now and then.
func (s *Server) Recheck(ctx context.Context) {
	for _, socket := range s.allSockets() {
		socket.session.Recheck(ctx)
	}
}

// Watch calls Recheck again and again, until ctx ends.
func (s *Server) Watch(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()

	for {
		select {
		case <-ticker.C:
			s.Recheck(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// Drain takes leave of all clients: it accepts no new ones, ends requests that
// wait for events, and closes sockets with 1001, each after a random delay, so
// that they do not all come back at once: two milliseconds for each socket, at
// most as long as within. Clients are told how long they may wait before they
// connect again. Drain returns when all are gone, or when ctx ends.
func (s *Server) Drain(ctx context.Context, within time.Duration) error {
	const (
		each  = 2 * time.Millisecond
		first = 50 * time.Millisecond // the notice goes out before the close
	)

	s.drain()

	sockets := s.allSockets()
	spread := min(time.Duration(len(sockets))*each, within)
	for _, socket := range sockets {
		delay := first + time.Duration(rand.Int64N(int64(spread)+1)) //nolint:gosec // spreads load, guards nothing
		retry := delay + time.Duration(rand.Int64N(int64(spread)+1)) //nolint:gosec // spreads load, guards nothing
		socket.session.Notify(fault.CodeUnavailable, "the server goes away: connect again", retry.Milliseconds())
		time.AfterFunc(delay, func() { socket.conn.Close(closeGoingAway, "the server goes away") })
	}

	select {
	case <-s.allGone():
		return nil
	case <-ctx.Done():
		return fault.Unavailable("%d sockets are still open: %w", len(s.allSockets()), context.Cause(ctx))
	}
}

// Close ends what Drain has left, at once. A second Close does nothing.
func (s *Server) Close() {
	s.drain()
	s.stop()

	for _, socket := range s.allSockets() {
		socket.conn.Close(closeGoingAway, "the server goes away")
	}

	<-s.allGone()
}

// allSockets returns the sockets that are open.
func (s *Server) allSockets() []*socket {
	s.mu.Lock()
	defer s.mu.Unlock()

	return slices.Collect(maps.Keys(s.sockets))
}

// allGone returns a channel that is closed when no socket is open.
func (s *Server) allGone() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()

	if len(s.sockets) == 0 {
		none := make(chan struct{})
		close(none)

		return none
	}

	if s.idle == nil {
		s.idle = make(chan struct{})
	}

	return s.idle
}
