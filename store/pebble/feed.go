package pebble

import (
	"context"
	"iter"
	"sort"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// Feed implements store.Log.
func (l *log) Feed(ctx context.Context, after event.Position, f store.Filter) iter.Seq2[store.Page, error] {
	return func(yield func(store.Page, error) bool) {
		feed, err := l.startFeed(ctx, after, &f)
		for err == nil {
			var page store.Page
			page, err = feed.next(ctx)
			if err == nil && (!yield(page, nil) || page.Live && !f.Follow) {
				return
			}
		}

		yield(store.Page{}, err)
	}
}

// feed is a place in the log, on its way to the end.
type feed struct {
	log     *log
	filter  *store.Filter
	limit   int
	at      uint64
	started bool
	decoder *decoder
}

// startFeed settles where a feed begins.
func (l *log) startFeed(ctx context.Context, after event.Position, f *store.Filter) (*feed, error) {
	if err := l.enter(ctx); err != nil {
		return nil, err
	}
	defer l.leave()

	end := l.durable.Load()
	if after.Number() > end {
		return nil, fault.Gone("position %s lies beyond the end of the log, %s: it is of another log, or of one that was restored; start anew", after, event.PositionAt(end))
	}

	limit := f.PageSize
	if limit <= 0 {
		limit = store.DefaultPageSize
	}

	at := after.Number()
	if !f.Since.IsZero() {
		since, err := l.before(f.Since, end)
		if err != nil {
			return nil, err
		}

		at = max(at, since)
	}

	return &feed{log: l, filter: f, limit: limit, at: at, decoder: newDecoder(l.minter)}, nil
}

// before returns the last position up to which everything was recorded before
// a time.
func (l *log) before(since time.Time, end uint64) (uint64, error) {
	ms := since.UnixMilli()
	if since.After(at(ms)) {
		ms++ // times are kept in whole milliseconds
	}

	var failed error
	n := sort.Search(int(end), func(i int) bool {
		if failed != nil {
			return true
		}

		latest, err := l.latest(uint64(i) + 1)
		failed = err

		return err != nil || latest >= ms
	})

	return uint64(n), failed
}

// latest returns the latest recorded time up to a position.
func (l *log) latest(position uint64) (int64, error) {
	rec, closer, err := l.db.Get(appendEventKey(nil, position))
	if err != nil {
		return 0, readError(err, damagedEvent(position, "it is missing"))
	}
	defer closer.Close()

	r, problem := openRecord(rec, position)
	if problem != "" {
		return 0, damagedEvent(position, problem)
	}

	return r.latest, nil
}

// next returns the next page, waiting for one at the end of the log.
func (f *feed) next(ctx context.Context) (store.Page, error) {
	for {
		moved := f.log.recent.moved.Changed()
		end := f.log.durable.Load()
		if end > f.at || !f.started {
			f.started = true
			return f.page(ctx, end)
		}

		select {
		case <-moved:
		case <-ctx.Done():
			return store.Page{}, context.Cause(ctx) //nolint:wrapcheck // the caller's own words
		case <-f.log.closing:
			return store.Page{}, errClosed
		}
	}
}

// page reads what comes next, up to end at most.
func (f *feed) page(ctx context.Context, end uint64) (store.Page, error) {
	if err := f.log.enter(ctx); err != nil {
		return store.Page{}, err
	}
	defer f.log.leave()

	var page store.Page
	if end > f.at {
		events, upto, err := f.events(end)
		if err != nil {
			return store.Page{}, err
		}

		page.Events, f.at = events, upto
	}

	page.Upto, page.Live = event.PositionAt(f.at), f.at == end

	return page, nil
}

// events reads some events after the feed's place, from memory if they are
// recent, and says how far they go.
func (f *feed) events(end uint64) ([]event.Event, uint64, error) {
	events, err := f.log.recent.after(f.at, f.limit)
	if err != nil {
		return nil, 0, err
	}

	if len(events) > 0 {
		return filtered(events, f.filter), events[len(events)-1].Position.Number(), nil
	}

	return f.stored(end)
}

// stored reads events from the store.
func (f *feed) stored(end uint64) ([]event.Event, uint64, error) {
	it, err := f.log.db.NewIter(&pebble.IterOptions{
		LowerBound: appendEventKey(nil, f.at+1),
		UpperBound: appendEventKey(nil, end+1),
	})
	if err != nil {
		return nil, 0, readError(err, nil)
	}
	defer it.Close()

	var (
		events []event.Event
		bytes  int
		r      record
	)

	position, all := f.at, f.filter.IsAll()
	for ok := it.First(); ok && position < f.at+uint64(f.limit) && bytes < maxChunk; ok = it.Next() {
		position++
		if found, _ := parsePlace(it.Key()[1:]); found != position {
			return nil, 0, damagedEvent(position, "it is missing")
		}

		value, err := it.ValueAndErr()
		if err != nil {
			return nil, 0, readError(err, nil)
		}

		if problem := r.open(value, position); problem != "" {
			return nil, 0, damagedEvent(position, problem)
		}

		bytes += len(value)
		if all || f.lets(&r, position) {
			if events == nil {
				events = make([]event.Event, 0, min(uint64(f.limit), end-f.at))
			}

			events = append(events, event.Event{})
			f.decoder.event(&events[len(events)-1], &r, position)
		}
	}

	if err := it.Error(); err != nil {
		return nil, 0, readError(err, nil)
	}

	if position == f.at {
		return nil, 0, damagedEvent(position+1, "it is missing")
	}

	f.decoder.finish(events)

	return events, position, nil
}

// lets reports whether the filter lets a record through, before anything of it
// is copied.
func (f *feed) lets(r *record, position uint64) bool {
	e := event.Event{
		Stream:   event.Stream(f.decoder.name(r.stream)),
		Position: event.PositionAt(position),
		Type:     f.decoder.name(r.typ),
		Actor:    f.decoder.name(r.actor),
		Recorded: at(r.recorded),
	}

	return f.filter.Matches(&e)
}
