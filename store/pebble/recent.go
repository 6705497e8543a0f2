package pebble

import (
	"slices"
	"sort"
	"sync"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/internal/wake"
	"github.com/recountdev/recount/store"
)

// commit is what was made durable at once. Its events are decoded by the first
// follower who wants them, for all.
type commit struct {
	first   uint64    // position of the first event
	records [][]byte  // in order of position
	one     [1][]byte // room for records
	bytes   int

	once    sync.Once
	events  []event.Event
	problem error
}

func (c *commit) last() uint64 { return c.first + uint64(len(c.records)) - 1 }

func (c *commit) decoded(m *minter) ([]event.Event, error) {
	c.once.Do(func() {
		d := newDecoder(m, feedNames)
		c.events = make([]event.Event, len(c.records))
		for i, rec := range c.records {
			position := c.first + uint64(i)
			if problem := d.record.open(rec, position); problem != "" {
				c.problem = damagedEvent(position, problem)
				return
			}

			d.event(&c.events[i], &d.record, position)
		}

		d.finish(c.events)
	})

	return c.events, c.problem
}

// recent keeps the last commits in memory, so that followers near the end of
// the log do not read the disk; bounded by bytes, the oldest go first. It also
// wakes the followers. Safe for concurrent use.
type recent struct {
	minter *minter
	limit  int // bytes

	moved wake.Signal

	mu      sync.RWMutex
	commits []*commit
	bytes   int
}

// add takes a commit that became durable.
func (r *recent) add(c *commit) {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.commits = append(r.commits, c)
	r.bytes += c.bytes
	drop := 0
	for r.bytes > r.limit && drop < len(r.commits)-1 {
		r.bytes -= r.commits[drop].bytes
		r.commits[drop] = nil
		drop++
	}

	r.commits = r.commits[drop:]
}

// after returns the events after a position, at least one, and at most limit
// or about maxChunk bytes; nothing if it does not keep them any more.
func (r *recent) after(position uint64, limit int) ([]event.Event, error) {
	var (
		events []event.Event
		bytes  int
	)

	for _, c := range r.since(position, limit) {
		more, err := c.decoded(r.minter)
		if err != nil {
			return nil, err
		}

		from := int(max(position+1, c.first) - c.first)
		to := from
		for to < len(more) && len(events)+to-from < limit && bytes < maxChunk {
			bytes += len(c.records[to])
			to++
		}

		if events == nil {
			events = more[from:to:to] // shared, unless there is more
		} else {
			events = append(events, more[from:to]...)
		}

		if to < len(more) {
			break
		}
	}

	return events, nil
}

// since returns the commits that hold about limit events after a position.
func (r *recent) since(position uint64, limit int) []*commit {
	r.mu.RLock()
	defer r.mu.RUnlock()

	i := sort.Search(len(r.commits), func(i int) bool { return r.commits[i].last() > position })
	if i == len(r.commits) || r.commits[i].first > position+1 {
		return nil
	}

	last := position + uint64(limit)
	j := i + 1
	for j < len(r.commits) && r.commits[j].first <= last {
		j++
	}

	return slices.Clone(r.commits[i:j])
}

// filtered returns the events that f lets through; the same slice if it lets
// all through.
func filtered(events []event.Event, f *store.Filter) []event.Event {
	if f.IsAll() {
		return events
	}

	var some []event.Event
	for i := range events {
		if f.Matches(&events[i]) {
			some = append(some, events[i])
		}
	}

	return some
}
