package aggregate

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// live is an aggregate in memory: a queue, and one goroutine while it is busy.
// The live of a sequence has no state but its version: it decides each command on
// a new aggregate.
type live struct {
	runtime *Runtime
	kind    *kind
	stream  event.Stream

	mu      sync.Mutex
	queue   []*call
	busy    bool
	evicted bool

	// The goroutine's own. state has folded the events up to version, all of
	// them durable, unless a round goes on; nil means that it is not loaded.
	state   any
	version event.Version
	stale   bool // the log may have newer events
	weight  weight
	image   image

	// The table's own.
	newer, older *live
	counted      int64
}

// take puts a call into the queue. It reports whether the caller has to start
// the goroutine, and whether the aggregate is still in the table.
func (a *live) take(c *call) (start, taken bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()

	if a.evicted {
		return false, false, nil
	}

	if most := a.runtime.options.Waiting; len(a.queue) >= most {
		return false, false, fault.Unavailable("more than %d commands wait for %s: send it again later", most, a.stream)
	}

	a.queue = append(a.queue, c)
	start = !a.busy
	a.busy = true

	return start, true, nil
}

// next returns the calls that wait; none ends the goroutine.
func (a *live) next() []*call {
	a.mu.Lock()
	defer a.mu.Unlock()

	calls := a.queue
	a.queue = nil
	a.busy = len(calls) > 0

	return calls
}

// leave marks an idle aggregate as gone from the table.
func (a *live) leave() bool {
	if !a.mu.TryLock() {
		return false
	}
	defer a.mu.Unlock()

	a.evicted = !a.busy

	return a.evicted
}

// abandon answers all that wait.
func (a *live) abandon(err error) {
	for calls := a.next(); calls != nil; calls = a.next() {
		answerAll(calls, err)
	}
}

func answerAll(calls []*call, err error) {
	for _, c := range calls {
		c.finish(answer{}, err)
	}
}

// run decides until nobody waits.
func (a *live) run() {
	defer a.runtime.running.Done()

	deepen(0)

	for calls := a.next(); calls != nil; calls = a.next() {
		a.serve(calls)
		a.runtime.table.weigh(a, a.weight.of(a))
		a.considerImage()
	}

	a.runtime.table.trim()
}

// deepen makes room on the stack of a new goroutine at once: to encode an event
// takes some KB, and a stack that grows little by little is copied each time, by
// then with much on it. That was a fifth of what a lone command costs.
//
//go:noinline
func deepen(i int) byte {
	var room [4 << 10]byte

	return room[i]
}

// attempts is how often a call is decided that conflicts with other writers.
// Each time one of the writers wins.
const attempts = 64

// serve answers calls.
func (a *live) serve(calls []*call) {
	var (
		alone      bool // each in an append of its own, because one of them spoils it
		duplicates int  // how often in a row an ID was there already
		last       error
	)

	for attempt := 0; attempt < attempts; attempt++ {
		if calls = awaited(calls); len(calls) == 0 {
			return
		}

		if attempt > 0 {
			a.pause(attempt)
		}

		if err := a.loaded(); err != nil {
			a.forget()
			answerAll(calls, unknown(err))

			return
		}

		done, err := a.decide(calls, alone)
		if calls = calls[done:]; done > 0 {
			attempt, duplicates = 0, 0
		}

		if last = err; isDuplicate(err) {
			duplicates++
		}

		switch {
		case err == nil:
			attempt = -1
		case alone && (isWrong(err) || duplicates > 2): // the command itself would have been found by its ID
			a.forget()
			calls[0].finish(answer{}, err)
			calls, attempt, duplicates = calls[1:], -1, 0
		case isWrong(err):
			alone, attempt = true, -1
			a.forget()
		case isDuplicate(err):
			alone = true
		case !isStale(err):
			a.forget()
			answerAll(calls, unknown(err))

			return
		}
	}

	answerAll(calls, fault.Unavailable("others write to %s all the time: send the command again later: %w", a.stream, last))
}

// awaited returns the calls that somebody still waits for.
func awaited(calls []*call) []*call {
	left := calls[:0]
	for _, c := range calls {
		if err := c.ctx.Err(); err != nil {
			c.finish(answer{}, err)
		} else {
			left = append(left, c)
		}
	}

	return left
}

// errStale says that what was decided is of no use, because the log knows more.
var errStale = errors.New("the log knows more")

// isDuplicate reports whether an append has the ID of an earlier event.
func isDuplicate(err error) bool {
	_, ok := errors.AsType[*store.DuplicateError](err)

	return ok
}

// isStale reports whether somebody else wrote, so that commands have to be
// decided again.
func isStale(err error) bool {
	_, conflict := errors.AsType[*store.ConflictError](err)

	return conflict || isDuplicate(err) || errors.Is(err, errStale)
}

// isWrong reports whether an append was refused for what stands in it.
func isWrong(err error) bool {
	code := fault.Of(err)

	return code == fault.CodeInvalid || code == fault.CodeTooLarge
}

// unknown makes an error say that the outcome is not known.
func unknown(err error) error {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return errClosed()
	case fault.Of(err) == fault.CodeUnavailable:
		return fault.Unavailable("it is not known whether the command happened: send it again with the same ID: %w", err)
	default:
		return err
	}
}

// pause waits a random time, longer after more attempts, so that writers who are
// in each other's way come one after another.
func (a *live) pause(attempt int) {
	const shortest, longest = 100 * time.Microsecond, 20 * time.Millisecond

	most := min(shortest<<min(attempt, 10), longest)
	timer := time.NewTimer(rand.N(most)) //nolint:gosec // not a secret
	defer timer.Stop()

	select {
	case <-timer.C:
	case <-a.runtime.ctx.Done():
	}
}

// forget drops the state: the log has the truth.
func (a *live) forget() {
	a.state, a.version, a.stale, a.image = nil, 0, false, image{}
}
