package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// watch follows or reads the feed, and fails if its pages do not go on.
func (tr *trial) watch(ctx context.Context, after event.Position, f store.Filter) iter.Seq2[store.Page, error] {
	return advancing(tr.log.Feed(ctx, after, f), after)
}

// advancing yields pages, and an error in the place of one that does not end
// after the page before.
func advancing(pages iter.Seq2[store.Page, error], after event.Position) iter.Seq2[store.Page, error] {
	return func(yield func(store.Page, error) bool) {
		last, isFirst := after, true
		for p, err := range pages {
			if order := p.Upto.Compare(last); err == nil && (order < 0 || order == 0 && !isFirst) {
				err = fmt.Errorf("a page ends at %s, the page before at %s", p.Upto, last)
			}

			if last, isFirst = p.Upto, false; !yield(p, err) || err != nil {
				return
			}
		}
	}
}

// all returns what a sequence yields until it ends.
func all[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var values []T
	for v, err := range seq {
		if err != nil {
			return values, err
		}

		if values = append(values, v); len(values) > endless {
			return values, errors.New("the sequence does not end")
		}
	}

	return values, nil
}

// first returns the first that a sequence yields; the zero value if nothing.
func first[T any](seq iter.Seq2[T, error]) (T, error) {
	for v, err := range seq {
		return v, err
	}

	var none T

	return none, nil
}

// each visits what a sequence yields until it ends, and returns its error.
func each[T any](seq iter.Seq2[T, error], visit func()) error {
	for _, err := range seq {
		if err != nil {
			return err
		}

		visit()
	}

	return nil
}

// drain reads a sequence to its end, and returns its error.
func drain[T any](seq iter.Seq2[T, error]) error { return each(seq, func() {}) }
