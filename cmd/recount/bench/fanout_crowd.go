package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/recountdev/recount/fault"
)

// crowd is many clients of one server.
type crowd struct {
	order   *connectOrder
	clients []*client // room by room
	stalled []*socket // of more clients, which are not read
	poller  *poller
	leaving atomic.Bool
	telling sync.WaitGroup

	joined chan struct{} // gets one from each client
	left   chan struct{} // gets one from each client that was let go

	failing sync.Once
	failed  chan struct{} // closed when a client fails, or all have to go
	why     error         // set before
}

const (
	// atOnce is how many clients shake hands at a time.
	atOnce = 16
	// progressEvery is how often progress is reported.
	progressEvery = 10 * time.Millisecond
	// leaveWithin is how long clients wait for the server to take leave.
	leaveWithin = 5 * time.Second
)

// gather returns a crowd whose clients have all joined their rooms.
func gather(ctx context.Context, o *connectOrder, progress func([]uint64)) (*crowd, error) {
	all := len(o.Rooms) * o.Each
	c := &crowd{order: o, joined: make(chan struct{}, all), left: make(chan struct{}, all), failed: make(chan struct{})}

	for i := range all {
		c.clients = append(c.clients, &client{crowd: c, index: i, room: i / o.Each})
	}

	var err error
	if c.poller, err = startPoller(c); err != nil {
		return nil, err
	}

	c.enter(ctx)

	for range c.clients {
		select {
		case <-c.joined:
			continue
		case <-c.failed:
		case <-ctx.Done():
			c.fail(context.Cause(ctx))
		}

		c.leave(ctx)

		return nil, c.why
	}

	if o.Progress {
		c.telling.Go(func() { c.tell(progress) })
	}

	return c, nil
}

// enter lets all clients connect and ask for their rooms, or some, until one
// fails.
func (c *crowd) enter(ctx context.Context) {
	var (
		next   atomic.Int64
		guides sync.WaitGroup
	)

	for range atOnce {
		guides.Go(func() {
			for c.alive() {
				i := int(next.Add(1)) - 1
				if i >= len(c.clients) {
					return
				}

				if err := c.clients[i].enter(ctx); err != nil {
					c.fail(err)
				}
			}
		})
	}

	guides.Wait()
}

// ended takes note that a client is not read any more.
func (c *crowd) ended(one *client, err error) {
	if !errors.Is(err, errLeft) && !c.leaving.Load() {
		c.fail(fmt.Errorf("a client in %s: %w", c.order.Rooms[one.room], err))
	}

	c.left <- struct{}{}
}

// fail notes that a client failed. Only the first call does anything.
func (c *crowd) fail(err error) {
	c.failing.Do(func() {
		c.why = err
		close(c.failed)
	})
}

// alive reports whether no client has failed.
func (c *crowd) alive() bool {
	select {
	case <-c.failed:
		return false
	default:
		return true
	}
}

// leave lets all clients leave their rooms, and returns when they are gone.
func (c *crowd) leave(ctx context.Context) {
	c.leaving.Store(true)
	c.relent()

	if !c.order.Plain && c.alive() {
		c.sayGoodbye(ctx)
	}

	c.fail(net.ErrClosed)
	c.telling.Wait()
	c.poller.halt()

	for _, one := range c.clients {
		if one.conn != nil {
			one.conn.Close()
		}
	}
}

// sayGoodbye asks the server to let all clients go, and waits for that, but not
// for ever.
func (c *crowd) sayGoodbye(ctx context.Context) {
	timer := time.NewTimer(leaveWithin)
	defer timer.Stop()

	for _, one := range c.clients {
		if one.sayGoodbye() != nil {
			return
		}
	}

	for range c.clients {
		select {
		case <-c.left:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// tell reports all the time how far each room is.
func (c *crowd) tell(progress func([]uint64)) {
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()

	for {
		select {
		case <-ticker.C:
			progress(c.slowest())
		case <-c.failed:
			return
		}
	}
}

// slowest returns, for each room, how far its slowest client is.
func (c *crowd) slowest() []uint64 {
	rooms := make([]uint64, len(c.order.Rooms))
	for i, one := range c.clients {
		upto := one.upto.Load()
		if i%c.order.Each == 0 || upto < rooms[one.room] {
			rooms[one.room] = upto
		}
	}

	return rooms
}

// count counts what comes within a time.
func (c *crowd) count(ctx context.Context, d time.Duration) (*countReport, error) {
	before, start := c.sum(), time.Now()

	if err := c.wait(ctx, d); err != nil {
		return nil, err
	}

	after, took := c.sum(), time.Since(start)

	return &countReport{
		Events:  after.Events - before.Events,
		Bytes:   after.Bytes - before.Bytes,
		Reads:   after.Reads - before.Reads,
		Seconds: took.Seconds(),
	}, nil
}

// wait waits, and fails as soon as a client does.
func (c *crowd) wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()

	select {
	case <-timer.C:
		return nil
	case <-c.failed:
		return c.why
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// sum returns what came so far.
func (c *crowd) sum() countReport {
	var all countReport
	for _, one := range c.clients {
		all.Events += one.events.Load()
		all.Bytes += one.bytes.Load()
		all.Reads += one.reads.Load()
	}

	return all
}

// complete waits until every client has every event of its room, and fails if
// one has more, or if nothing came for a time.
func (c *crowd) complete(ctx context.Context, heads []uint64, within time.Duration) error {
	before, until := c.sum(), time.Now().Add(within)

	for {
		late := c.incomplete(heads)
		if late == nil {
			return nil
		}

		if now := c.sum(); now != before {
			before, until = now, time.Now().Add(within)
		}

		if events, head := late.events.Load(), heads[late.room]; events > head || time.Now().After(until) {
			return fault.Internal("a client in %s has %d events and got up to %d, of %d", c.order.Rooms[late.room], events, late.upto.Load(), head)
		}

		if err := c.wait(ctx, progressEvery); err != nil {
			return err
		}
	}
}

// incomplete returns a client that does not have exactly what its room has; nil
// if there is none.
func (c *crowd) incomplete(heads []uint64) *client {
	for _, one := range c.clients {
		if head := heads[one.room]; one.upto.Load() != head || one.events.Load() != head {
			return one
		}
	}

	return nil
}

// latencies returns the latencies of all events but the first ones. Everything
// must have arrived: see complete.
func (c *crowd) latencies(o *latencyOrder) *latencyReport {
	var (
		all, durable histogram
		first, last  int64 = math.MaxInt64, 0
	)

	for _, one := range c.clients {
		for _, s := range one.samples {
			if int(s.version-1)*len(c.order.Rooms)+one.room < o.From {
				continue
			}

			first, last = min(first, s.sent), max(last, s.sent)
			all.add(s.took)
			if o.Durable != nil {
				durable.add(s.took - time.Duration(o.Durable[one.room][s.version-1]))
			}
		}
	}

	return &latencyReport{
		Deliveries: all.total,
		Seconds:    time.Duration(last - first).Seconds(),
		P50:        micros(all.quantile(0.5)),
		P99:        micros(all.quantile(0.99)),
		Durable50:  micros(durable.quantile(0.5)),
		Durable99:  micros(durable.quantile(0.99)),
	}
}
