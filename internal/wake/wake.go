// Package wake tells any number of waiters that something changed, without
// knowing them and without ever waiting for them.
package wake

import "sync"

// Signal wakes those who wait for a change. The zero value is ready to use. All
// methods are safe for concurrent use.
//
// A waiter takes the channel first, then looks whether there is something to
// do, and waits only if there is not; so no change is missed:
//
//	for {
//		changed := signal.Changed()
//		if done() {
//			return
//		}
//		<-changed
//	}
type Signal struct {
	mu sync.Mutex
	ch chan struct{}
}

// Changed returns a channel that is closed by the next Wake.
func (s *Signal) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.ch == nil {
		s.ch = make(chan struct{})
	}

	return s.ch
}

// Wake wakes everybody who waits. It costs next to nothing if nobody does.
func (s *Signal) Wake() {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
}
