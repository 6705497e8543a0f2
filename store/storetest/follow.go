package storetest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

func followCases() []testCase {
	const (
		order  = "without gap or repeat, filtered."
		follow = "With Follow the sequence then waits for events and never ends by itself."
		free   = "It holds no lock and no resource between pages, so the consumer may take its time, and delays nobody."
		live   = "The first page that reaches the end of the log has Live set"
	)

	return []testCase{
		{"from history to live beside busy writers", order, followBusyWriters},
		{"from history to live step by step", live, followStepByStep},
		{"at the end a follower is live at once", "except that the first page may be empty and have the position asked for.", followFromEnd},
		{"a follower that rests delays nobody and misses nothing", free, followerRests},
		{"a follower may leave and come back", "the place to go on after.", followerComesBack},
		{"a follower goes on where nothing passes", "Upto is the position that the page covers, also where the filter let nothing through", followNothing},
		{"appends at the moment followers come to rest", live, followersComeToRest},
		{"many followers wake up", follow, manyFollowers},
		{"an append of many events is followed whole", order, followLargeAppends},
	}
}

// lastWord is the type of the event that ends a followed log.
const lastWord = "last_word"

// followed is what a follower saw.
type followed struct {
	events []event.Event
	err    error
}

// follow reads the feed until it has seen the last word. live is called for
// every page that is live. Any goroutine may call it.
func (tr *trial) follow(ctx context.Context, after event.Position, f store.Filter, live func(upto event.Position)) followed {
	f.Follow = true

	var seen followed
	for p, err := range tr.watch(ctx, after, f) {
		if err != nil {
			seen.err = err
			return seen
		}

		seen.events = append(seen.events, p.Events...)
		if p.Live {
			live(p.Upto)
		}

		if n := len(seen.events); n > 0 && seen.events[n-1].Type == lastWord {
			return seen
		}
	}

	seen.err = fmt.Errorf("the sequence ended by itself after %d events", len(seen.events))

	return seen
}

// wantFollowed checks that a follower saw what the feed has after a position.
func (tr *trial) wantFollowed(name string, got followed, after event.Position, f store.Filter) {
	tr.Helper()

	if got.err != nil {
		tr.Fatalf("%s: %v", name, got.err)
	}

	tr.wantEvents(name, got.events, tr.feed(after, f))
}

// write appends again and again: at most so many times, and not after stop. It
// calls started once, after the first time.
func (tr *trial) write(writer, most int, started func(), stop <-chan struct{}) {
	var tell sync.Once
	defer tell.Do(started)

	for n := range most {
		stream := event.Stream(fmt.Sprintf("c%d:%d", writer%2, writer%4))
		if _, err := tr.log.Append(tr.soon(), to(stream, facts(n%3+1)...)); err != nil {
			tr.Errorf("writer %d: %v", writer, err)
			return
		}

		tell.Do(started)

		select {
		case <-stop:
			return
		default:
		}
	}
}

func followBusyWriters(tr *trial) {
	const writers, most = 8, 150

	var (
		started, live sync.WaitGroup
		everyLive     = make(chan struct{})
		done          sync.WaitGroup
	)

	started.Add(writers)

	for w := range writers {
		done.Go(func() { tr.write(w, most, started.Done, everyLive) })
	}

	started.Wait()

	middle := tr.state().Head
	followers := []struct {
		after  event.Position
		filter store.Filter
		seen   followed
	}{
		{filter: store.Filter{}},
		{filter: store.Filter{PageSize: 7}},
		{filter: store.Filter{PageSize: 1}, after: middle},
		{filter: store.Filter{Categories: []string{"c1", "end"}}},
		{filter: store.Filter{Types: []string{lastWord}, PageSize: 3}, after: middle},
	}
	waits := make([]func(), 0, len(followers))

	for i := range followers {
		f := &followers[i]

		live.Add(1)

		waits = append(waits, tr.beside(func(ctx context.Context) {
			var tell sync.Once
			defer tell.Do(live.Done)

			f.seen = tr.follow(ctx, f.after, f.filter, func(event.Position) { tell.Do(live.Done) })
		}))
	}

	// The writers stop once every follower has been live, or after a while.
	defer tr.beside(func(context.Context) { live.Wait(); close(everyLive) })()

	done.Wait()
	tr.record(to("end:1", event.Draft{Type: lastWord}))

	for i, wait := range waits {
		wait()
		tr.wantFollowed(fmt.Sprintf("follower %d", i+1), followers[i].seen, followers[i].after, followers[i].filter)
	}
}

func followerRests(tr *trial) {
	var (
		resting, rested = make(chan struct{}), make(chan struct{})
		once            sync.Once
		seen            followed
	)

	tr.fill(3)

	wait := tr.beside(func(ctx context.Context) {
		seen = tr.follow(ctx, event.Position{}, store.Filter{PageSize: 100}, func(event.Position) {
			once.Do(func() {
				close(resting)
				<-rested
			})
		})
	})

	<-resting

	for range 5 {
		tr.record(to("meeting:1", facts(1000)...))
	}

	if got := len(tr.read("meeting:1", store.Range{})); got < 5000 {
		tr.Errorf("while the follower rests, the stream has %d events, want 5000 and more", got)
	}

	tr.record(to("end:1", event.Draft{Type: lastWord}))
	close(rested)
	wait()
	tr.wantFollowed("the follower", seen, event.Position{}, store.Filter{})
}

func manyFollowers(tr *trial) {
	const followers, appends = 40, 30

	var (
		live  sync.WaitGroup
		seen  [followers]followed
		waits []func()
	)

	live.Add(followers)

	for i := range followers {
		waits = append(waits, tr.beside(func(ctx context.Context) {
			var told atomic.Bool

			tell := func(event.Position) {
				if !told.Swap(true) {
					live.Done()
				}
			}
			defer tell(event.Position{})

			seen[i] = tr.follow(ctx, event.Position{}, store.Filter{}, tell)
		}))
	}

	live.Wait()

	for n := range appends {
		tr.record(to("meeting:1", fact(n)))
	}

	tr.record(to("end:1", event.Draft{Type: lastWord}))

	for i, wait := range waits {
		wait()
		tr.wantFollowed(fmt.Sprintf("follower %d", i+1), seen[i], event.Position{}, store.Filter{})
	}
}

func followLargeAppends(tr *trial) {
	var seen followed

	wait := tr.beside(func(ctx context.Context) {
		seen = tr.follow(ctx, event.Position{}, store.Filter{PageSize: 64}, func(event.Position) {})
	})

	for range 5 {
		tr.record(to("meeting:1", facts(500)...), to("meeting:2", facts(500)...))
	}

	tr.record(to("end:1", event.Draft{Type: lastWord}))
	wait()
	tr.wantFollowed("the follower", seen, event.Position{}, store.Filter{})
}
