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
	ahead   []pendingRead // what is being read already, from at on
	full    bool          // the last page had all the events it may have
	failed  error         // why it cannot go on after at
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

	return &feed{log: l, filter: f, limit: limit, at: at, decoder: newDecoder(l.minter, feedNames)}, nil
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
			return store.Page{}, ended(ctx)
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
	f.log.leave() // whoever reads the store enters again

	var page store.Page
	if end > f.at {
		if f.failed != nil {
			return store.Page{}, f.failed
		}

		page.Events, f.at, f.failed = f.events(ctx, end)
		if f.failed != nil && len(page.Events) == 0 {
			return store.Page{}, f.failed
		}
	}

	page.Upto, page.Live = event.PositionAt(f.at), f.at == end

	return page, nil
}

// events reads some events after the feed's place, from memory if they are
// recent, and says how far they go. Events may come with an error: it is of
// what follows them.
func (f *feed) events(ctx context.Context, end uint64) ([]event.Event, uint64, error) {
	if len(f.ahead) == 0 { // else the next ones were read from the store already
		events, err := f.log.recent.after(f.at, int(min(uint64(f.limit), end-f.at)))
		if err != nil {
			return nil, f.at, err
		}

		if len(events) > 0 {
			return filtered(events, f.filter), events[len(events)-1].Position.Number(), nil
		}
	}

	return f.stored(ctx, end)
}

// stored returns events from the store.
func (f *feed) stored(ctx context.Context, end uint64) ([]event.Event, uint64, error) {
	f.lookAhead(ctx, f.at, end)
	first := f.ahead[0]
	f.ahead = f.ahead[1:]

	var r feedRead
	select {
	case r = <-first.result:
	case <-ctx.Done():
		return nil, f.at, ended(ctx)
	}

	f.full = r.upto == first.after+uint64(f.limit)
	if r.err == nil && end > r.upto+uint64(f.limit) {
		f.lookAhead(ctx, r.upto, end)
	} else {
		f.ahead = nil
	}

	events, err := r.chunk.events(f.decoder)
	if err != nil { // it comes before r.err
		f.ahead = nil

		return events, lastOf(events, f.at), err
	}

	return events, r.upto, r.err
}

// mostAhead is how many pages of a feed are read from the store at once.
const mostAhead = 2

// lookAhead sees to it that the page after a position is being read, and, while
// pages are full and the feed has far to go, the one behind it, too: they are
// read on other processors while earlier ones are decoded and used.
func (f *feed) lookAhead(ctx context.Context, after, end uint64) {
	if len(f.ahead) > 0 && f.ahead[0].after != after {
		f.ahead = nil // a page was shorter than expected
	}

	if len(f.ahead) == 0 {
		f.ahead = append(f.ahead, f.read(ctx, after, end))
	}

	for f.full && len(f.ahead) < mostAhead {
		next := f.ahead[len(f.ahead)-1].after + uint64(f.limit)
		if end <= next+uint64(f.limit) {
			return
		}

		f.ahead = append(f.ahead, f.read(ctx, next, end))
	}
}

// lastOf returns the position of the last event, or otherwise if there is none.
func lastOf(events []event.Event, otherwise uint64) uint64 {
	if len(events) == 0 {
		return otherwise
	}

	return events[len(events)-1].Position.Number()
}

// feedRead is what was read of the feed, up to a position; err is of what
// follows.
type feedRead struct {
	chunk chunk
	upto  uint64
	err   error
}

// pendingRead is a page after a position that is being read.
type pendingRead struct {
	after  uint64
	result <-chan feedRead
}

// read reads some events after a position on a goroutine of its own, which ends
// when it has them, whether anybody wants them or not.
func (f *feed) read(ctx context.Context, after, end uint64) pendingRead {
	result := make(chan feedRead, 1)
	go func() {
		if err := f.log.enter(ctx); err != nil {
			result <- feedRead{err: err}
			return
		}
		defer f.log.leave()

		result <- f.scan(after, end)
	}()

	return pendingRead{after: after, result: result}
}

// scan copies the records that the filter lets through.
func (f *feed) scan(after, end uint64) feedRead {
	it, err := f.log.db.NewIter(&pebble.IterOptions{
		LowerBound: appendEventKey(nil, after+1),
		UpperBound: appendEventKey(nil, end+1),
	})
	if err != nil {
		return feedRead{err: readError(err, nil)}
	}
	defer it.Close()

	var (
		read    = feedRead{upto: after}
		all     = f.filter.IsAll()
		scanned = 0
		shown   = names(make([]string, feedNames))
	)

	if all {
		read.chunk = newChunk(f.limit)
	}

	for ok := it.First(); ok && read.upto < after+uint64(f.limit) && scanned < maxChunk; ok = it.Next() {
		position := read.upto + 1
		if found, _ := parsePlace(it.Key()[1:]); found != position {
			read.err = damagedEvent(position, "it is missing")
			return read
		}

		rec, err := it.ValueAndErr()
		if err != nil {
			read.err = readError(err, nil)
			return read
		}

		lets := all
		if !all {
			if lets, read.err = f.lets(rec, position, shown); read.err != nil {
				return read
			}
		}

		if lets {
			read.chunk.add(position, rec)
		}

		read.upto = position
		scanned += len(rec)
	}

	read.err = readError(it.Error(), nil)
	if read.err == nil && read.upto == after {
		read.err = damagedEvent(after+1, "it is missing")
	}

	return read
}

// lets reports whether the filter lets a record through, before anything of it
// is copied.
func (f *feed) lets(rec []byte, position uint64, shown names) (bool, error) {
	var r record
	if problem := r.open(rec, position); problem != "" {
		return false, damagedEvent(position, problem)
	}

	return f.filter.Matches(&event.Event{
		Stream:   event.Stream(shown.of(r.stream)),
		Type:     shown.of(r.typ),
		Actor:    shown.of(r.actor),
		Recorded: at(r.recorded),
	}), nil
}
