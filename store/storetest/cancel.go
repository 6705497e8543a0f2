package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

func cancelCases() []testCase {
	const ends = "A context that ends, ends the call soon, with an error that wraps the context's."

	return []testCase{
		{"a call with an ended context fails", ends, endedContext},
		{"a waiting follower ends", ends, cancelFollower},
		{"a waiting subscriber ends", "and ends with an error when ctx ends or the backend closes", cancelSubscriber},
		{"a sequence ends in the middle", ends, cancelSequences},
		{"a retry finds out what became of a cancelled append", "a retry with the same IDs finds out.", cancelAppends},
	}
}

func endedContext(tr *trial) {
	tr.furnish()

	cancelled, cancel := context.WithCancel(tr.Context())
	cancel()

	late, cancel := context.WithDeadline(tr.Context(), time.Unix(0, 0))
	defer cancel()

	for _, c := range calls() {
		if err := tr.ending(func() error { return c.make(cancelled, tr) }); !errors.Is(err, context.Canceled) {
			tr.Errorf("%s with a cancelled context: error %v, want one that wraps %v", c.name, err, context.Canceled)
		}

		if err := tr.ending(func() error { return c.make(late, tr) }); !errors.Is(err, context.DeadlineExceeded) {
			tr.Errorf("%s after the deadline: error %v, want one that wraps %v", c.name, err, context.DeadlineExceeded)
		}
	}

	// The log is none the worse for it.
	for _, c := range calls()[:6] {
		if err := c.make(tr.soon(), tr); err != nil {
			tr.Errorf("%s after that: %v", c.name, err)
		}
	}

	known := 0
	for _, e := range tr.read("meeting:1", store.Range{}) {
		if e.ID == "a" {
			known++
		}
	}

	if known != 1 {
		tr.Errorf("the stream has %d events with the same id, want 1", known)
	}
}

func cancelFollower(tr *trial) {
	tr.furnish()

	for _, f := range []store.Filter{{}, {Types: []string{"none"}}, {PageSize: 1}} {
		ctx, cancel := context.WithCancel(tr.soon())
		err := tr.ending(func() error { return tr.follow(ctx, event.Position{}, f, func(event.Position) { cancel() }).err })
		if !errors.Is(err, context.Canceled) {
			tr.Errorf("the follower ended with %v, want %v", err, context.Canceled)
		}

		cancel()
	}

	// One that waits already.
	ctx, cancel := context.WithCancel(tr.soon())
	live := make(chan struct{})

	var (
		once sync.Once
		seen followed
	)

	wait := tr.beside(func(context.Context) {
		seen = tr.follow(ctx, event.Position{}, store.Filter{}, func(event.Position) { once.Do(func() { close(live) }) })
	})

	<-live
	cancel()
	wait()

	if !errors.Is(seen.err, context.Canceled) {
		tr.Errorf("the follower ended with %v, want %v", seen.err, context.Canceled)
	}
}

func cancelSubscriber(tr *trial) {
	ctx, cancel := context.WithCancel(tr.soon())

	messages, err := tr.relay.Subscribe(ctx, "channel")
	if err != nil {
		tr.Fatalf("subscribe: %v", err)
	}

	var ended error

	wait := tr.beside(func(context.Context) { ended = drain(messages) })

	cancel()
	wait()

	if !errors.Is(ended, context.Canceled) {
		tr.Errorf("the subscription ended with %v, want %v", ended, context.Canceled)
	}
}

// cancelSequences cancels each sequence at the first it yields: with thousands
// to come, none may reach its end.
func cancelSequences(tr *trial) {
	const count = 3000

	for n := range count / 1000 {
		tr.record(to("meeting:1", facts(1000)...))

		batches := make([]store.Batch, 1000)
		for i := range batches {
			batches[i] = to(event.Stream(fmt.Sprintf("many:%d-%d", n, i)), fact(i))
		}

		tr.record(batches...)
	}

	for name, run := range map[string]func(ctx context.Context, visit func()) error{
		"Read": func(ctx context.Context, visit func()) error {
			return each(tr.log.Read(ctx, "meeting:1", store.Range{}), visit)
		},
		"Read backward": func(ctx context.Context, visit func()) error {
			return each(tr.log.Read(ctx, "meeting:1", store.Range{Backward: true}), visit)
		},
		"Feed": func(ctx context.Context, visit func()) error {
			return each(tr.log.Feed(ctx, event.Position{}, store.Filter{PageSize: 100}), visit)
		},
		"Streams": func(ctx context.Context, visit func()) error { return each(tr.log.Streams(ctx, "many", ""), visit) },
	} {
		ctx, cancel := context.WithCancel(tr.soon())
		if err := tr.ending(func() error { return run(ctx, cancel) }); !errors.Is(err, context.Canceled) {
			tr.Errorf("%s, cancelled at the first it yields, ends with %v, want %v", name, err, context.Canceled)
		}

		cancel()
	}
}

// cancelAppends makes appends whose contexts end at any moment, and asks
// afterwards what became of them.
func cancelAppends(tr *trial) {
	const appenders, appends = 8, 20

	var done sync.WaitGroup
	for a := range appenders {
		done.Go(func() {
			for n := range appends {
				if err := tr.cancelledAppend(event.ID(fmt.Sprintf("id-%d-%d", a, n)), n); err != nil {
					tr.Errorf("appender %d: %v", a, err)
					return
				}
			}
		})
	}

	done.Wait()

	seen := make(map[event.ID]int)
	for _, e := range tr.read("meeting:1", store.Range{}) {
		seen[e.ID]++
	}

	for id, times := range seen {
		if times != 1 {
			tr.Errorf("id %s was recorded %d times", id, times)
		}
	}

	if len(seen) != appenders*appends {
		tr.Errorf("%d ids were recorded, want %d", len(seen), appenders*appends)
	}
}

// cancelledAppend appends while somebody cancels, and again if that failed.
func (tr *trial) cancelledAppend(id event.ID, n int) error {
	ctx, cancel := context.WithCancel(tr.soon())
	defer cancel()

	var cancelled sync.WaitGroup
	defer cancelled.Wait()

	if n%4 == 3 {
		cancel()
	} else {
		cancelled.Go(cancel)
	}

	_, err := tr.log.Append(ctx, to("meeting:1", named(id, n)))
	if err == nil {
		return nil
	}

	if !errors.Is(err, context.Canceled) {
		return err
	}

	_, err = tr.log.Append(tr.soon(), to("meeting:1", named(id, n)))

	return err
}
