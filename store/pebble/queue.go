package pebble

import (
	"context"
	"sync"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/wake"
)

// queue holds the requests that wait for the committer, in the order in which
// they came. It is bounded by bytes: whoever comes to a full queue waits. Safe
// for concurrent use by many who put and one who takes.
type queue struct {
	limit int // bytes
	group int // bytes that are taken at once
	room  wake.Signal
	work  chan struct{} // holds a value if there is something to do

	mu      sync.Mutex
	waiting []*request
	bytes   int
	closed  error
}

func newQueue(limit, group int) *queue {
	return &queue{limit: limit, group: group, work: make(chan struct{}, 1)}
}

// put adds a request, waiting for room.
func (q *queue) put(ctx context.Context, r *request) error {
	size := r.size()
	if ok, err := q.tryPut(r, size); ok || err != nil {
		return err
	}

	for {
		changed := q.room.Changed()
		if ok, err := q.tryPut(r, size); ok || err != nil {
			return err
		}

		select {
		case <-changed:
		case <-ctx.Done():
			return fault.Unavailable("nothing was written, the log has too much to do: %w", ended(ctx))
		}
	}
}

// tryPut adds a request if there is room; an empty queue has room for all.
func (q *queue) tryPut(r *request, size int) (bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()

	if q.closed != nil {
		return false, q.closed
	}

	if q.bytes > 0 && q.bytes+size > q.limit {
		return false, nil
	}

	q.waiting = append(q.waiting, r)
	q.bytes += size
	if len(q.waiting) == 1 {
		select {
		case q.work <- struct{}{}:
		default:
		}
	}

	return true, nil
}

// take appends to group what waits, as much as may be written at once. It waits
// until there is something, and returns false if the queue is closed and empty.
func (q *queue) take(group []*request) ([]*request, bool) {
	for {
		group, closed := q.tryTake(group)
		if len(group) > 0 {
			q.room.Wake()
			return group, true
		}

		if closed {
			return group, false
		}

		<-q.work
	}
}

func (q *queue) tryTake(group []*request) (_ []*request, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()

	n, bytes := 0, 0
	for n < len(q.waiting) && (n == 0 || bytes < q.group) {
		bytes += q.waiting[n].size()
		n++
	}

	group = append(group, q.waiting[:n]...)
	rest := copy(q.waiting, q.waiting[n:])
	clear(q.waiting[rest:])
	q.waiting = q.waiting[:rest]
	q.bytes -= bytes

	return group, q.closed != nil
}

// close makes every later put fail with err; what waits is still taken.
func (q *queue) close(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()

	if q.closed == nil {
		q.closed = err
	}

	select {
	case q.work <- struct{}{}:
	default:
	}

	q.room.Wake()
}
