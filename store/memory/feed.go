package memory

import (
	"context"
	"fmt"
	"iter"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// pageBytes is about how much data and meta a page has at most.
const pageBytes = 1 << 20

// Feed yields pages of the events after a position.
func (l *log) Feed(ctx context.Context, after event.Position, f store.Filter) iter.Seq2[store.Page, error] {
	return func(yield func(store.Page, error) bool) {
		seen, err := l.start(ctx, after)
		if err != nil {
			yield(store.Page{}, err)
			return
		}

		for {
			page := l.page(seen, &f)
			if !yield(page, nil) || (page.Live && !f.Follow) {
				return
			}

			seen = page.Upto.Number()
			if err := l.await(ctx, seen); err != nil {
				yield(store.Page{}, err)
				return
			}
		}
	}
}

// start checks where a feed begins, and returns how many events come before.
func (l *log) start(ctx context.Context, after event.Position) (uint64, error) {
	if err := l.life.check(ctx); err != nil {
		return 0, err
	}

	if end := positionOf(len(l.all())); after.Compare(end) > 0 {
		return 0, fault.Gone("position %s lies beyond the end of the log, %s: it is of another log; start anew", after, end)
	}

	return after.Number(), nil
}

// page makes the page that follows the first events of the log.
func (l *log) page(seen uint64, f *store.Filter) store.Page {
	all := l.all()

	size := f.PageSize
	if size <= 0 {
		size = store.DefaultPageSize
	}

	var (
		rest    = all[seen:]
		covered = rest[:min(size, len(rest))]
		page    = store.Page{Upto: event.PositionAt(seen)}
		bytes   = 0
	)

	for _, e := range covered {
		if f.Matches(e) {
			bytes += len(e.Data) + e.Meta.Size()
			if bytes > pageBytes && len(page.Events) > 0 {
				break
			}

			page.Events = append(page.Events, *e)
		}

		page.Upto = e.Position
	}

	page.Live = page.Upto == positionOf(len(all))

	return page
}

// await returns when the log has more events than were seen.
func (l *log) await(ctx context.Context, seen uint64) error {
	for {
		grown := l.grown.Changed()
		if err := l.life.check(ctx); err != nil {
			return err
		}

		if uint64(len(l.all())) > seen {
			return nil
		}

		select {
		case <-grown:
		case <-l.life.ended:
		case <-ctx.Done():
			return fmt.Errorf("feed: %w", ctx.Err())
		}
	}
}
