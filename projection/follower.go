package projection

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// follower keeps one generation up to date. It is used by one goroutine.
type follower struct {
	*projection

	g          *generation // as it was read; its Position is how far the follower has come
	skips      map[event.Position]bool
	statements statements
	written    event.Position // what its row has
	noted      note           // what its row has beside
	atEnd      bool           // it has seen the end of the log
	again      *time.Timer    // when to try again to swap, or nil
}

// note is what a follower writes down once a second.
type note struct {
	head event.Position
	rate float64
}

const (
	// every is how often a follower writes down how far it is, if it wrote
	// nothing else.
	every = time.Second
	// ahead is how many pages are read while others are applied.
	ahead = 2
)

// errReload says that what there is to do has changed.
var errReload = errors.New("the generation is another's")

// keep follows the log, and tries again after failures, until stop or ctx ends
// or there is something else to do.
func (f *follower) keep(ctx context.Context, stop <-chan struct{}) {
	pause, came := shortest, f.g.Position

	for {
		err := f.run(ctx, stop)
		f.release()

		if err == nil || ctx.Err() != nil {
			return
		}

		if errors.Is(err, errReload) {
			f.reload.Wake()

			return
		}

		if f.g.Position.Compare(came) > 0 {
			pause, came = shortest, f.g.Position
		}

		f.fail(ctx, err, pause)

		select {
		case <-time.After(pause):
		case <-stop:
			return
		case <-ctx.Done():
			return
		}

		pause = min(2*pause, longest)
	}
}

// release closes the prepared statements when nobody writes.
func (f *follower) release() {
	if f.views.conn == nil {
		return
	}

	f.views.turn <- struct{}{}
	f.statements.forget()
	<-f.views.turn
}

// run follows the log until something fails; nil means that it was stopped.
func (f *follower) run(ctx context.Context, stop <-chan struct{}) error {
	if err := f.reread(ctx); err != nil {
		return err
	}

	if err := f.rebuildStreams(ctx); err != nil {
		return err
	}

	ctx, cancel := context.WithCancel(ctx)
	pages := make(chan read, ahead)

	var reader sync.WaitGroup
	defer reader.Wait()
	defer cancel()

	reader.Go(func() { f.read(ctx, pages) })

	tick := time.NewTicker(every)
	defer tick.Stop()

	from := sample{f.g.Position, time.Now()}

	for {
		var (
			err   error
			again <-chan time.Time
		)

		if f.again != nil {
			again = f.again.C
		}

		select {
		case <-stop:
			return f.flush(ctx)
		case <-ctx.Done():
			return ctx.Err()
		case got := <-pages:
			if err = got.err; err == nil {
				err = f.page(ctx, got.page)
			}
		case now := <-tick.C:
			err = f.tick(ctx, &from, now)
		case <-again:
			err = f.swap(ctx)
		}

		if err != nil {
			return err
		}
	}
}

// read is a page of the feed, or why there is none.
type read struct {
	page store.Page
	err  error
}

// read reads pages ahead until ctx ends.
func (f *follower) read(ctx context.Context, pages chan<- read) {
	filter := f.filter
	filter.Follow = true

	got := read{err: fault.Internal("the feed of a follower ended")}
	for page, err := range f.log.Feed(ctx, f.g.Position, filter) {
		if err != nil {
			got.err = fault.Unavailable("following the log failed: %w", err)

			break
		}

		select {
		case pages <- read{page: page}:
		case <-ctx.Done():
			return
		}
	}

	select {
	case pages <- got:
	case <-ctx.Done():
	}
}

// reread reads how far the generation's row is, which another program may have
// moved. It fails with errReload if there is none any more.
func (f *follower) reread(ctx context.Context) error {
	on := querier(f.views.write)
	if f.views.conn != nil {
		on = f.views.read // the writer may be somebody else's
	}

	found, err := f.views.generations(ctx, on, f.name)
	if err != nil {
		return err
	}

	for _, g := range found {
		if g.Generation != f.g.Generation {
			continue
		}

		if g.live != f.g.live {
			return errReload
		}

		f.written, f.noted = g.Position, note{g.Head, g.Rate}
		if g.Position.Compare(f.g.Position) > 0 {
			f.g.Position = g.Position
		}

		return nil
	}

	return errReload
}

// page applies a page, shows that, and swaps if that was the end of the log.
func (f *follower) page(ctx context.Context, page store.Page) error {
	if page.Upto.Compare(f.g.Position) > 0 {
		if events := f.takes(page.Events); len(events) > 0 {
			if err := f.apply(ctx, events, page.Upto); err != nil {
				return err
			}
		}
	}

	if page.Upto.Compare(f.g.Position) > 0 {
		f.g.Position = page.Upto
	}

	f.atEnd = page.Live
	if page.Live || f.g.Head.Compare(f.g.Position) < 0 {
		f.g.Head = f.g.Position
	}

	failed := f.g.Failure != nil
	f.g.Failure = nil
	f.publish()

	if failed {
		f.noted.rate = -1 // so that it is written down at once

		if err := f.flush(ctx); err != nil {
			return err
		}
	}

	if page.Live && !f.g.live && f.again == nil {
		return f.swap(ctx)
	}

	return nil
}

// takes returns those events that are the projection's and were not applied yet.
func (f *follower) takes(events []event.Event) []event.Event {
	n := 0
	for n < len(events) && f.take(&events[n]) {
		n++
	}

	if n == len(events) {
		return events
	}

	taken := append(make([]event.Event, 0, len(events)), events[:n]...)
	for i := n + 1; i < len(events); i++ {
		if f.take(&events[i]) {
			taken = append(taken, events[i])
		}
	}

	return taken
}

func (f *follower) take(e *event.Event) bool {
	return e.Position.Compare(f.g.Position) > 0 && (len(f.options.Categories) > 0 || !e.Stream.IsSystem()) && !f.skips[e.Position]
}
