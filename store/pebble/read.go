package pebble

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"slices"
	"sort"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// Read implements store.Log.
func (l *log) Read(ctx context.Context, stream event.Stream, r store.Range) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		reading, err := l.startReading(ctx, stream, r)
		for err == nil && reading.more() {
			var events []event.Event
			events, err = reading.next(ctx)
			for i := range events {
				if !yield(events[i], nil) {
					return
				}
			}
		}

		if err != nil {
			yield(event.Event{}, err)
		}
	}
}

// reading is what is left to read of a stream: the versions from first to last,
// in chunks, from one end or the other.
type reading struct {
	log         *log
	stream      event.Stream
	backward    bool
	first, last event.Version
	decoder     *decoder
}

// startReading settles which versions a range means.
func (l *log) startReading(ctx context.Context, stream event.Stream, r store.Range) (*reading, error) {
	if err := l.enter(ctx); err != nil {
		return nil, err
	}
	defer l.leave()

	if err := l.limits.Event.CheckStream(stream); err != nil {
		return nil, err
	}

	last, err := l.head(stream, l.durable.Load())
	if err != nil {
		return nil, err
	}

	if !r.Until.IsZero() {
		if last, err = l.lastUntil(stream, last, r.Until); err != nil {
			return nil, err
		}
	}

	first := event.Version(1)
	switch {
	case r.Backward && r.From > 0:
		last = min(last, r.From)
	case !r.Backward:
		first = max(first, r.From)
	}

	if limit := event.Version(max(r.Limit, 0)); limit > 0 && last >= first && last-first >= limit {
		if r.Backward {
			first = last - limit + 1
		} else {
			last = first + limit - 1
		}
	}

	return &reading{log: l, stream: stream, backward: r.Backward, first: first, last: last, decoder: newDecoder(l.minter, streamNames)}, nil
}

// lastUntil returns the last version that was recorded at a time or before.
// Recorded times never run backwards within a stream.
func (l *log) lastUntil(stream event.Stream, last event.Version, until time.Time) (event.Version, error) {
	var failed error
	n := sort.Search(int(last), func(i int) bool {
		if failed != nil {
			return true
		}

		version := event.Version(i) + 1
		places, err := l.places(stream, version, version)
		if err != nil {
			failed = err
			return true
		}

		events, err := l.fetch(places, newDecoder(l.minter, 1))
		if len(events) == 0 {
			failed = err
			return true
		}

		return events[0].Recorded.After(until)
	})

	return event.Version(n), failed
}

func (r *reading) more() bool { return r.first <= r.last }

// next reads a chunk.
func (r *reading) next(ctx context.Context) ([]event.Event, error) {
	if err := r.log.enter(ctx); err != nil {
		return nil, err
	}
	defer r.log.leave()

	first, last := r.first, min(r.last, r.first+chunkEvents-1)
	if r.backward {
		last = r.last
		first = max(r.first, last-min(last-1, chunkEvents-1))
	}

	places, missing := r.log.places(r.stream, first, last)
	if r.backward {
		if missing != nil {
			return nil, missing
		}

		slices.Reverse(places)
	}

	events, err := r.log.fetch(places, r.decoder)
	if err == nil && len(events) == len(places) {
		err = missing
	}
	if r.backward {
		r.last -= event.Version(len(events))
	} else {
		r.first += event.Version(len(events))
	}

	return events, err
}

// indexed is an entry of a stream's index.
type indexed struct {
	stream   event.Stream
	version  event.Version
	position uint64
}

// places reads a stream's index from one version to another, all of which have
// to be there. Places may come with an error: it is of what follows them.
func (l *log) places(stream event.Stream, first, last event.Version) ([]indexed, error) {
	it, err := l.db.NewIter(&pebble.IterOptions{
		LowerBound: appendStreamKey(nil, stream, first),
		UpperBound: appendStreamKey(nil, stream, last+1),
	})
	if err != nil {
		return nil, readError(err, nil)
	}
	defer it.Close()

	places := make([]indexed, 0, last-first+1)
	expected := first
	for ok := it.First(); ok; ok = it.Next() {
		_, version, _ := parseStreamKey(it.Key())
		position, whole := parsePlace(it.Value())
		if version != expected {
			break
		}

		if !whole {
			return places, damagedIndex([]byte(stream), version, "it is no position")
		}

		places = append(places, indexed{stream: stream, version: version, position: position})
		expected++
	}

	if err := it.Error(); err != nil {
		return places, readError(err, nil)
	}

	if expected <= last {
		return places, damagedIndex([]byte(stream), expected, "it is missing")
	}

	return places, nil
}

// fetch reads the events at some places, until they are about maxChunk bytes.
// Events may come with an error: it is of what follows them.
func (l *log) fetch(places []indexed, d *decoder) ([]event.Event, error) {
	it, err := l.db.NewIter(&pebble.IterOptions{LowerBound: []byte{eventKey}, UpperBound: []byte{eventKey + 1}})
	if err != nil {
		return nil, readError(err, nil)
	}
	defer it.Close()

	var (
		found  = newChunk(len(places))
		key    [eventKeyLen]byte
		before uint64
	)

	for _, p := range places {
		if len(found.bytes) > maxChunk {
			break
		}

		var rec []byte
		if rec, err = seekEvent(it, appendEventKey(key[:0], p.position), p.position == before+1); err != nil {
			break
		}

		found.add(p.position, rec)
		before = p.position
	}

	events, damage := found.events(d)
	for i := range events {
		if p := &places[i]; events[i].Stream != p.stream || events[i].Version != p.version {
			return events[:i], damagedIndex([]byte(p.stream), p.version, damagedEvent(p.position, "it is of another place").Error())
		}
	}

	return events, cmp.Or(damage, err)
}

// seekEvent moves the iterator to an event, which may be the next one, and
// returns its record.
func seekEvent(it *pebble.Iterator, key []byte, next bool) ([]byte, error) {
	if !next || !it.Valid() {
		next = it.SeekGE(key)
	} else {
		next = it.Next()
	}

	if next && bytes.Equal(it.Key(), key) {
		rec, err := it.ValueAndErr()
		return rec, readError(err, nil)
	}

	if err := it.Error(); err != nil {
		return nil, readError(err, nil)
	}

	position, _ := parsePlace(key[1:])

	return nil, damagedEvent(position, "an index names it, but it is missing")
}
