package topic_test

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

var errBroken = errors.New("a damaged block")

func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()

	return context.WithCancel(t.Context())
}

func (l *brokenLog) Read(ctx context.Context, stream event.Stream, r store.Range) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		for e, err := range l.countedLog.Read(ctx, stream, r) {
			if err == nil && e.Version > l.versions {
				e, err = event.Event{}, errBroken
			}

			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

func (l *brokenLog) Feed(ctx context.Context, after event.Position, f store.Filter) iter.Seq2[store.Page, error] {
	return func(yield func(store.Page, error) bool) {
		for page, err := range l.countedLog.Feed(ctx, after, f) {
			whole := err != nil || page.Upto.Number() <= l.positions
			if !whole {
				page.Events, page.Upto, page.Live = page.Events[:l.positions-after.Number()], event.PositionAt(l.positions), false
			}

			if page.Upto.Compare(after) > 0 && !yield(page, err) {
				return
			}

			if !whole {
				yield(store.Page{}, errBroken)

				return
			}
		}
	}
}

// shortLog has lost all that its heads tell of.
type shortLog struct{ *countedLog }

func (*shortLog) Read(context.Context, event.Stream, store.Range) iter.Seq2[event.Event, error] {
	return func(func(event.Event, error) bool) {}
}

func (*shortLog) Feed(_ context.Context, after event.Position, _ store.Filter) iter.Seq2[store.Page, error] {
	return func(yield func(store.Page, error) bool) { yield(store.Page{Upto: after, Live: true}, nil) }
}
