package pebble

import (
	"runtime"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/recountdev/recount/fault"
)

// committer is the one goroutine that writes. It gathers all requests that
// wait, decides each on what those before it leave behind, writes what they
// add in one batch with one sync, then lets readers see it and answers all: a
// refusal, too, since it may rest on what was not durable before.
//
// When there is nothing to do a request does not wait for others; when there is
// much to do, the next group gathers while this one is synced.
type committer struct {
	db      *pebble.DB
	queue   *queue
	failure *failure
	recent  *recent
	now     func() time.Time
	publish func(position uint64) // makes the log visible up to there

	plan  *planner
	group []*request // being written
}

// run works until the queue is closed and empty, or the log fails. Pebble may
// end the goroutine by way of failure.Fatalf; whoever waits is answered all the
// same.
func (c *committer) run(done chan<- struct{}) {
	defer close(done)
	defer c.abort()

	for {
		group, ok := c.queue.take(c.group[:0])
		if !ok {
			c.group = c.group[:0]
			return
		}

		c.group = group
		c.commit()
		clear(c.group) // whoever asked has what it asked for
		c.group = c.group[:0]

		// Those who were answered get to ask again before the next group is
		// closed; without them it would be half as large.
		runtime.Gosched()
	}
}

// commit writes the group and answers it.
func (c *committer) commit() {
	c.decide()

	if c.write(c.plan.batch) != nil {
		c.abort()
		return
	}

	if add := c.plan.commit; len(add.records) > 0 {
		c.publish(add.last())
		c.recent.add(add)
		c.recent.moved.Wake()
	}

	c.plan.settled()
	c.answer()
}

// write makes a batch durable. A failed write to the disk is not what Apply
// returns, but in failure.
func (c *committer) write(batch *pebble.Batch) error {
	if err := c.failure.err(); err != nil || batch.Empty() {
		return err
	}

	if err := c.db.Apply(batch, pebble.Sync); err != nil {
		c.failure.set(err)
	}

	return c.failure.err()
}

// decide plans the requests of the group, in order.
func (c *committer) decide() {
	events, size := 0, 0
	for _, r := range c.group {
		events += len(r.drafts)
		size += r.size()
	}

	c.plan.begin(events, size, c.now().UnixMilli())
	defer c.plan.end()

	for _, r := range c.group {
		if !r.state.CompareAndSwap(waiting, taken) {
			continue // nobody waits for it any more
		}

		if r.mark != nil {
			c.plan.mark(r)
		} else {
			c.plan.append(r)
		}
	}
}

// answer tells those who wait that their request is done.
func (c *committer) answer() {
	for _, r := range c.group {
		r.done <- struct{}{}
	}
}

// abort answers all who still wait when the log has failed. Of the group that
// was being written nobody knows whether it is on the disk.
func (c *committer) abort() {
	cause := c.failure.err()
	if cause == nil {
		cause = fault.Unavailable("the log is closed")
	}

	c.queue.close(cause)
	for _, r := range c.group {
		r.err = r.unknownOutcome(cause)
	}

	c.answer()

	for {
		group, ok := c.queue.take(c.group[:0])
		if !ok {
			c.group = c.group[:0]
			return
		}

		c.group = group
		for _, r := range group {
			r.err = cause
		}

		c.answer()
	}
}
