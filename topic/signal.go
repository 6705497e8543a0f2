package topic

import (
	"sync"

	"github.com/recountdev/recount/internal/payload"
)

// queue holds the signals that wait for a subscription, the oldest first. Safe
// for concurrent use.
type queue struct {
	mu      sync.Mutex
	waiting []*payload.Payload
}

// add adds a signal, and reports whether the oldest was dropped for it.
func (q *queue) add(p *payload.Payload, limit int) (dropped bool) {
	q.mu.Lock()
	defer q.mu.Unlock()

	if dropped = len(q.waiting) >= limit; dropped {
		copy(q.waiting, q.waiting[1:])
		q.waiting = q.waiting[:len(q.waiting)-1]
	}

	q.waiting = append(q.waiting, p)

	return dropped
}

// take appends all that wait to pushes. An idle queue keeps no room.
func (q *queue) take(pushes []Push) []Push {
	q.mu.Lock()
	defer q.mu.Unlock()

	for _, p := range q.waiting {
		pushes = append(pushes, Push{Event: "signal", Payload: p})
	}

	q.waiting = nil

	return pushes
}

// Signal sends a payload to all others who watch the topic. It waits for nobody:
// where too many signals wait already, the oldest is dropped, and counted.
func (s *Subscription) Signal(p *payload.Payload) {
	s.topic.watchers.others(s, func(other *Subscription) {
		if other.signals.add(p, s.hub.options.Signals) {
			s.hub.dropped.Add(1)
		}

		other.wake()
	})
}
