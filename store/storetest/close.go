package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

func closeCases() []testCase {
	const (
		after = "After Close every call fails with fault.CodeUnavailable; nothing panics."
		ends  = "Close ends all calls and releases what the log holds."
		twice = "A second Close returns nil."
	)

	return []testCase{
		{"every call fails after it", after, callsAfterClose},
		{"sequences made before it fail after it", after, sequencesAfterClose},
		{"followers end", ends, closeEndsFollowers},
		{"subscriptions end", "Closing the log closes all.", closeEndsSubscriptions},
		{"a second one returns nil", twice, closeTwice},
		{"beside appenders and followers", ends, closeBesideOthers},
		{"from within a feed", "It holds no lock and no resource between pages", closeFromFeed},
		{"with a context that ended", "Appends that were already accepted are finished first, unless ctx ends.", closeWithEndedContext},
	}
}

// close closes the log.
func (tr *trial) close() {
	tr.Helper()

	if err := tr.log.Close(tr.soon()); err != nil {
		tr.Fatalf("close: %v", err)
	}
}

// wantClosed checks that all calls fail because the log is closed.
func (tr *trial) wantClosed() {
	tr.Helper()

	for _, c := range calls() {
		tr.wantUnavailable(c.name+" after Close", tr.ending(func() error { return c.make(tr.soon(), tr) }))

		if tr.Failed() {
			return
		}
	}
}

func callsAfterClose(tr *trial) {
	tr.furnish()
	tr.close()
	tr.wantClosed()
	tr.wantClosed()
}

func sequencesAfterClose(tr *trial) {
	tr.furnish()

	ctx := tr.soon()
	read := tr.log.Read(ctx, "meeting:1", store.Range{})
	feed := tr.log.Feed(ctx, event.Position{}, store.Filter{})
	streams := tr.log.Streams(ctx, "", "")
	list := tr.marks.List(ctx, "")

	tr.close()

	for what, err := range map[string]error{"Read": drain(read), "Feed": drain(feed), "Streams": drain(streams), "List": drain(list)} {
		tr.wantUnavailable(what+" made before Close and ranged over after it", err)
	}
}

func closeEndsFollowers(tr *trial) {
	tr.furnish()

	filters := []store.Filter{{}, {PageSize: 1}, {Types: []string{"none"}}, {Categories: []string{"meeting"}}}
	seen := make([]followed, len(filters))
	waits := make([]func(), 0, len(filters))

	var live sync.WaitGroup
	live.Add(len(filters))

	for i, f := range filters {
		waits = append(waits, tr.beside(func(ctx context.Context) {
			var tell sync.Once
			defer tell.Do(live.Done)

			seen[i] = tr.follow(ctx, event.Position{}, f, func(event.Position) { tell.Do(live.Done) })
		}))
	}

	live.Wait()
	tr.close()

	for i, wait := range waits {
		wait()
		tr.wantUnavailable(fmt.Sprintf("follower %d", i+1), seen[i].err)
	}
}

func closeEndsSubscriptions(tr *trial) {
	ctx := tr.soon()

	waiting, err := tr.relay.Subscribe(ctx, "channel")
	if err != nil {
		tr.Fatalf("subscribe: %v", err)
	}

	untouched, err := tr.relay.Subscribe(ctx, "channel")
	if err != nil {
		tr.Fatalf("subscribe: %v", err)
	}

	var ended error

	wait := tr.beside(func(context.Context) { ended = drain(waiting) })

	tr.close()
	wait()

	for what, err := range map[string]error{"that waits": ended, "nobody ranged over": drain(untouched)} {
		tr.wantUnavailable("a subscription "+what, err)
	}
}

func closeTwice(tr *trial) {
	tr.furnish()

	var done sync.WaitGroup
	for range 5 {
		done.Go(func() {
			if err := tr.log.Close(tr.soon()); err != nil {
				tr.Errorf("close: %v", err)
			}
		})
	}

	done.Wait()
	tr.close()
	tr.wantClosed()
}

func closeBesideOthers(tr *trial) {
	const appenders = 8

	var (
		started  sync.WaitGroup
		isClosed atomic.Bool
		waits    []func()
	)

	started.Add(appenders)

	// until makes calls until one fails: at the latest that which begins after
	// Close returned.
	until := func(who string, call func() error) {
		for {
			late := isClosed.Load()
			if err := call(); err != nil || late {
				tr.wantUnavailable(who, err)
				return
			}
		}
	}

	for n := range appenders {
		waits = append(waits, tr.beside(func(ctx context.Context) {
			var tell sync.Once
			defer tell.Do(started.Done)

			until("an appender", func() error {
				_, err := tr.log.Append(ctx, to("meeting:1", fact(n)), to("meeting:2", fact(n)))
				tell.Do(started.Done)

				return err
			})
		}), tr.beside(func(ctx context.Context) {
			seen := tr.follow(ctx, event.Position{}, store.Filter{PageSize: 3}, func(event.Position) {})
			tr.wantUnavailable("a follower", seen.err)
		}), tr.beside(func(ctx context.Context) {
			r := store.Range{Backward: n%2 == 0, Limit: 100}
			until("a reader", func() error { return drain(tr.log.Read(ctx, "meeting:1", r)) })
		}))
	}

	started.Wait()
	tr.close()
	isClosed.Store(true)

	for _, wait := range waits {
		wait()
	}

	tr.wantClosed()
}

// wantUnavailable reports an error that is not due to Close. Any goroutine may
// call it.
func (tr *trial) wantUnavailable(who string, err error) {
	tr.Helper()

	if fault.Of(err) != fault.CodeUnavailable || errors.Is(err, context.DeadlineExceeded) {
		tr.Errorf("%s ended with %v, want %s", who, err, fault.CodeUnavailable)
	}
}

func closeFromFeed(tr *trial) {
	tr.furnish()

	pages := 0
	for _, err := range tr.watch(tr.soon(), event.Position{}, store.Filter{PageSize: 1, Follow: true}) {
		if err != nil {
			tr.wantUnavailable("the feed", err)
			break
		}

		if pages++; pages > 1 {
			tr.Fatal("the feed goes on after Close")
		}

		tr.close()
	}

	tr.wantClosed()
}

func closeWithEndedContext(tr *trial) {
	tr.furnish()

	ctx, cancel := context.WithCancel(tr.Context())
	cancel()

	// Whether it says so or not: the log is closed.
	_ = tr.log.Close(ctx)

	tr.wantClosed()
	tr.close()
}
