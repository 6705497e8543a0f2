package journal

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
)

// batch makes rows of events.
type batch struct {
	statements *statements

	rows    []row
	windows []window
	keys    []string         // of the rows; "" of those that have no window
	folds   map[string]*fold // those that are open, by key
	stored  []*fold          // those that the database has a row of
	hidden  []int64          // rows of the database that are not shown any more
}

// fold is an event and its repeats.
type fold struct {
	key    string
	first  mark
	latest mark
	times  int64

	stored  bool // the first is in the database
	changed bool
	closed  bool // another one has begun
}

// mark is one event of a fold.
type mark struct {
	position int64
	recorded time.Time
	time     string
	row      int // in the batch; -1 in the database
}

func newBatch(r rules, s *statements, events []event.Event) *batch {
	b := &batch{
		statements: s,
		rows:       make([]row, len(events)),
		windows:    make([]window, len(events)),
		keys:       make([]string, len(events)),
		folds:      make(map[string]*fold),
	}

	for i := range events {
		b.rows[i] = newRow(&events[i])

		if b.windows[i] = r.window(&events[i]); b.windows[i].within > 0 {
			b.keys[i] = b.windows[i].key(&events[i])
		}
	}

	return b
}

// loadAtOnce is how many folds are looked for with one statement.
const loadAtOnce = 32

// load gets the folds from the database that the events may belong to.
func (b *batch) load(ctx context.Context, tx *projection.Tx) error {
	keys := slices.Compact(slices.Sorted(slices.Values(b.keys)))
	if len(keys) > 0 && keys[0] == "" {
		keys = keys[1:]
	}

	for some := range slices.Chunk(keys, loadAtOnce) {
		if err := b.loadSome(ctx, tx, some); err != nil {
			return fmt.Errorf("look for repeats: %w", err)
		}
	}

	return nil
}

func (b *batch) loadSome(ctx context.Context, tx *projection.Tx, keys []string) error {
	args := make([]any, loadAtOnce)
	for i := range args {
		args[i] = keys[min(i, len(keys)-1)]
	}

	rows, err := tx.Query(ctx, b.statements.load, args...)
	if err != nil {
		return err
	}
	defer rows.Close()

	for rows.Next() {
		f := &fold{stored: true, first: mark{row: -1}, latest: mark{row: -1}}

		var first, latest string
		if err := rows.Scan(&f.key, &f.times, &f.first.position, &first, &f.latest.position, &f.latest.time, &latest); err != nil {
			return err
		}

		if f.first.recorded, err = time.Parse(timeFormat, first); err != nil {
			return err
		}

		if f.latest.recorded, err = time.Parse(timeFormat, latest); err != nil {
			return err
		}

		b.folds[f.key] = f
		b.stored = append(b.stored, f)
	}

	return rows.Err()
}

// fold finds the repeats, in the order of the log, which is that of each stream.
func (b *batch) fold() {
	for i, key := range b.keys {
		if key == "" {
			continue
		}

		r, w, f := &b.rows[i], b.windows[i], b.folds[key]
		now := mark{position: r.position, recorded: r.at, time: r.time, row: i}

		if f == nil || !f.repeats(r.at, w) {
			b.close(f)
			b.folds[key] = &fold{key: key, first: now, latest: now, times: 1}
			r.fold = key

			continue
		}

		b.hide(f.latest)
		f.latest, f.changed = now, true
		f.times++
		r.repeatOf, r.times, r.latest, r.latestTime = f.first.position, 0, nil, nil

		if !f.stored {
			first := &b.rows[f.first.row]
			first.times, first.latest, first.latestTime = f.times, now.position, now.time
		}
	}
}

// repeats reports whether an event that was recorded at a time, with a window, is
// a repeat.
func (f *fold) repeats(at time.Time, w window) bool {
	since := f.first.recorded
	if w.sliding {
		since = f.latest.recorded
	}

	return at.Sub(since) < w.within
}

// close ends a fold, which may be nil: nothing repeats it any more.
func (b *batch) close(f *fold) {
	switch {
	case f == nil:
	case f.stored:
		f.closed, f.changed = true, true
	default:
		b.rows[f.first.row].fold = nil
	}
}

// hide takes a row out of the places that are shown.
func (b *batch) hide(m mark) {
	if m.row < 0 {
		b.hidden = append(b.hidden, m.position)
	} else {
		b.rows[m.row].shown = -m.position
	}
}

// write writes the rows, and what became of those that were there.
func (b *batch) write(ctx context.Context, tx *projection.Tx) error {
	for _, position := range b.hidden {
		if _, err := tx.Exec(ctx, `update journal set shown = ? where position = ?`, -position, position); err != nil {
			return err
		}
	}

	for _, f := range b.stored {
		if !f.changed {
			continue
		}

		var key any = f.key
		if f.closed {
			key = nil
		}

		if _, err := tx.Exec(ctx, `update journal set times = ?, latest = ?, latest_time = ?, fold = ? where position = ?`,
			f.times, f.latest.position, f.latest.time, key, f.first.position); err != nil {
			return err
		}
	}

	return b.statements.write(ctx, tx, b.rows)
}
