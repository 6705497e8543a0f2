package aggregate_test

import (
	"context"
	"iter"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// faultyLog is a log whose answers can be spoiled. Its fields are set before it
// is used.
type faultyLog struct {
	store.Log

	// before is asked before an append, and fails it without recording it.
	before func(ctx context.Context, batches []store.Batch) error
	// after is asked when an append was recorded, and makes its answer get lost.
	after func() error
	// read is called for each read of a stream.
	read func(stream event.Stream)

	appends, events atomic.Int64 // how many appends came, and events were read
}

func (l *faultyLog) Append(ctx context.Context, batches ...store.Batch) (store.Receipt, error) {
	l.appends.Add(1)
	if l.before != nil {
		if err := l.before(ctx, batches); err != nil {
			return store.Receipt{}, err
		}
	}

	receipt, err := l.Log.Append(ctx, batches...)
	if err == nil && l.after != nil {
		if lost := l.after(); lost != nil {
			return store.Receipt{}, lost
		}
	}

	return receipt, err
}

func (l *faultyLog) Read(ctx context.Context, stream event.Stream, r store.Range) iter.Seq2[event.Event, error] {
	if l.read != nil {
		l.read(stream)
	}

	return func(yield func(event.Event, error) bool) {
		for e, err := range l.Log.Read(ctx, stream, r) {
			l.events.Add(1)
			if !yield(e, err) {
				return
			}
		}
	}
}

// troubled returns a log that loses every so many appends and answers, by chance,
// and is slow now and then.
func troubled(log store.Log, every int) *faultyLog {
	fate := chance{random: rand.New(rand.NewPCG(1, 2))}
	strike := func() error {
		if fate.strikes(every) {
			return fault.Unavailable("the test has cut the line")
		}

		return nil
	}

	return &faultyLog{
		Log: log,
		before: func(ctx context.Context, _ []store.Batch) error {
			if fate.strikes(4) {
				select {
				case <-time.After(200 * time.Microsecond):
				case <-ctx.Done():
				}
			}

			return strike()
		},
		after: strike,
	}
}

// chance is a source of luck for many at once.
type chance struct {
	mu     sync.Mutex
	random *rand.Rand
}

// strikes is true once in so many calls.
func (c *chance) strikes(every int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.random.IntN(every) == 0
}

// gate holds appends back until it is opened.
type gate struct{ open chan struct{} }

func newGate() gate { return gate{make(chan struct{})} }

func (g gate) wait(ctx context.Context, _ []store.Batch) error {
	select {
	case <-g.open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
