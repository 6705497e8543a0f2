package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

const (
	// stalledEach is how many readers of each kind stand in the way.
	stalledEach = 8
	// stalledHistory is how many events the stream that they read has.
	stalledHistory = 2000
	// stalledStream is read by those who read a stream.
	stalledStream = event.Stream("meeting:long")
)

// stalledReaders have each taken one page or event, and never ask for the next
// while appends are measured: in the middle of a Read, of a Feed, and of a Feed
// that follows.
type stalledReaders struct {
	cancel context.CancelFunc
	group  sync.WaitGroup
	errs   chan error
}

// errNothingToRead says that a reader found nothing to stop in the middle of.
var errNothingToRead = errors.New("the log showed a reader nothing")

// stallReaders returns when every reader stands in the middle of what it reads.
func stallReaders(ctx context.Context, log store.Log, events []payload) (*stalledReaders, error) {
	if err := writeHistory(ctx, log, events); err != nil {
		return nil, err
	}

	ctx, cancel := context.WithCancel(ctx)
	kinds := []func(ctx context.Context, log store.Log, stand func()) error{stallRead, stallFeed, stallFollow}
	s := &stalledReaders{cancel: cancel, errs: make(chan error, stalledEach*len(kinds))}
	standing := make(chan struct{}, cap(s.errs))

	for range stalledEach {
		for _, kind := range kinds {
			s.group.Go(func() {
				s.errs <- kind(ctx, log, func() {
					standing <- struct{}{}
					<-ctx.Done()
				})
			})
		}
	}

	for range cap(s.errs) {
		select {
		case <-standing:
		case err := <-s.errs:
			return nil, errors.Join(err, s.stop())
		}
	}

	return s, nil
}

// stop lets the readers go, and returns when they are gone. Nil readers have
// nothing to let go.
func (s *stalledReaders) stop() error {
	if s == nil {
		return nil
	}

	s.cancel()
	s.group.Wait()
	close(s.errs)

	for err := range s.errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return fmt.Errorf("a stalled reader: %w", err)
		}
	}

	return nil
}

func stallRead(ctx context.Context, log store.Log, stand func()) error {
	for _, err := range log.Read(ctx, stalledStream, store.Range{}) {
		if err == nil {
			stand()
		}

		return err
	}

	return errNothingToRead
}

func stallFeed(ctx context.Context, log store.Log, stand func()) error {
	return stallOnPage(ctx, log, store.Filter{PageSize: 100}, stand)
}

func stallFollow(ctx context.Context, log store.Log, stand func()) error {
	return stallOnPage(ctx, log, store.Filter{PageSize: 100, Follow: true}, stand)
}

func stallOnPage(ctx context.Context, log store.Log, f store.Filter, stand func()) error {
	for page, err := range log.Feed(ctx, event.Position{}, f) {
		if err != nil {
			return err
		}

		if len(page.Events) > 0 {
			stand()

			return nil
		}
	}

	return errNothingToRead
}

// writeHistory gives the readers something to read, unless the log has it from
// an earlier round.
func writeHistory(ctx context.Context, log store.Log, events []payload) error {
	head, err := log.Head(ctx, stalledStream)
	if err != nil || head > 0 {
		return err
	}

	const most = 500

	for at := 0; at < stalledHistory; at += most {
		drafts := make([]event.Draft, most)
		for i := range drafts {
			e := &events[(at+i)%len(events)]
			drafts[i] = event.Draft{Type: e.typ, Data: e.data}
		}

		if _, err := log.Append(ctx, store.Batch{Stream: stalledStream, Drafts: drafts}); err != nil {
			return fmt.Errorf("write a history to read: %w", err)
		}
	}

	return nil
}
