package server

import (
	"runtime"
	"sync"
)

// senders give sockets their turn to send, in the order in which they asked for
// it. They are few goroutines, so that those who commit and read do not wait
// behind a crowd of them, and none while nothing is due. No turn waits for a
// client. Safe for concurrent use.
type senders struct {
	mu      sync.Mutex
	due     []*socket // from at on
	at      int
	running int
}

// mostSenders is how many turns go on at once: a few for each processor, because
// a write to a socket may take the processor away for a moment.
func mostSenders() int { return 2 * runtime.GOMAXPROCS(0) }

// add asks for a turn of a socket.
func (s *senders) add(c *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.due = append(s.due, c)
	if s.running < mostSenders() {
		s.running++

		go s.run()
	}
}

// run gives turns until nothing is due.
func (s *senders) run() {
	for c := s.next(); c != nil; c = s.next() {
		c.send()
	}
}

// next returns whose turn it is; nil ends the sender.
func (s *senders) next() *socket {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.at == len(s.due) {
		s.running--
		s.due, s.at = nil, 0 // an idle server keeps no room for a crowd

		return nil
	}

	c := s.due[s.at]
	s.due[s.at] = nil
	s.at++

	if s.at > len(s.due)/2 && s.at > 64 {
		s.due = s.due[:copy(s.due, s.due[s.at:])]
		s.at = 0
	}

	return c
}
