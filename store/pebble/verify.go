package pebble

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/maphash"

	"github.com/cockroachdb/pebble/v2"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// verification compares everything that a log holds with everything else. It
// reads the events in the order of positions, then every index in its own
// order, so that it needs one pass over each and no search: that an index has
// exactly the entries that the events ask for is seen by the sums of the hashes
// of both. Only if those differ, each entry is looked up, to name the place.
type verification struct {
	ctx      context.Context //nolint:containedctx // it lives as long as one call
	log      *log
	snapshot *pebble.Snapshot
	end      uint64
	found    func(*store.DamageError)
	progress store.Progress
	done     int64

	result   store.Verified
	seed     maphash.Seed
	byStream sum // of what the events ask of the index by streams
	byID     sum // of what the events ask of the index by IDs
	// broken are the positions whose events are damaged or missing, as far as
	// they are few: what follows from that is not reported again.
	broken map[uint64]struct{}
}

// mostBroken is how many broken positions are remembered.
const mostBroken = 1 << 20

// sum is a hash of a set: equal for equal sets, whatever the order.
type sum struct {
	count uint64
	total uint64
}

func (s *sum) add(hash uint64) {
	s.count++
	s.total += hash
}

// Verify implements store.Maintenance.
func (m *maintenance) Verify(ctx context.Context, found func(*store.DamageError), progress store.Progress) (store.Verified, error) {
	l := m.log
	if err := l.enter(ctx); err != nil {
		return store.Verified{}, err
	}
	defer l.leave()

	if progress == nil {
		progress = func(int64, int64) {}
	}

	// The end is taken first: the snapshot has at least that.
	v := &verification{ctx: ctx, log: l, end: l.durable.Load(), found: found, progress: progress, seed: maphash.MakeSeed(), broken: make(map[uint64]struct{})}
	v.snapshot = l.db.NewSnapshot()
	defer v.snapshot.Close()

	for _, pass := range []func() error{v.events, v.streams, v.ids, v.marks} {
		if err := pass(); err != nil {
			return v.result, err
		}
	}

	return v.result, nil
}

// damage reports a place.
func (v *verification) damage(err *store.DamageError) {
	v.result.Damages++
	v.found(err)
}

// stopped returns why the verification has to end early, or nil.
func (v *verification) stopped() error {
	if err := v.log.isClosing(); err != nil {
		return err
	}

	if v.ctx.Err() != nil {
		return ended(v.ctx)
	}

	return nil
}

// events looks at every event.
func (v *verification) events() error {
	heads := make(map[string]head)
	expected, latest := uint64(1), int64(0)

	err := v.walk(func(position uint64, rec []byte) {
		v.done++
		v.missing(expected, position)
		expected = position + 1

		r, problem := openRecord(rec, position)
		if problem != "" {
			v.damage(damagedEvent(position, problem))
			v.breaks(position, position)

			return
		}

		v.result.Events++
		if r.latest < r.recorded || r.latest < latest {
			v.damage(damagedEvent(position, "the latest recorded time runs backwards"))
		}

		latest = max(latest, r.latest)
		v.inStream(heads, &r, position)
		v.byStream.add(v.hash(r.stream, uint64(r.version), position))
		if r.id != nil {
			v.byID.add(v.hash(r.id, 0, position))
		}
	}, func(first, last uint64, err error) {
		v.damage(engineDamage(eventsAt(first, last), err))
		v.breaks(first, last)
		expected = last + 1
	})
	if err != nil {
		return err
	}

	v.missing(expected, v.end+1)
	v.result.Streams = uint64(len(heads))

	return nil
}

// eventsAt names events.
func eventsAt(first, last uint64) string {
	if first == last {
		return fmt.Sprintf("event at position %d", first)
	}

	return fmt.Sprintf("events at positions %d to %d", first, last)
}

// breaks remembers broken positions.
func (v *verification) breaks(first, last uint64) {
	for p := first; p <= last && len(v.broken) < mostBroken; p++ {
		v.broken[p] = struct{}{}
	}
}

// isBroken reports whether the event at a position was reported.
func (v *verification) isBroken(position uint64) bool {
	_, broken := v.broken[position]
	return broken
}

// missing reports the positions that are not there.
func (v *verification) missing(expected, position uint64) {
	if position <= expected {
		return
	}

	v.breaks(expected, position-1)
	problem := "it is missing"
	if position > expected+1 {
		problem = "they are missing"
	}

	v.damage(&store.DamageError{Place: eventsAt(expected, position-1), Problem: problem})
}

// inStream checks that an event is the next of its stream.
func (v *verification) inStream(heads map[string]head, r *record, position uint64) {
	before := heads[string(r.stream)]
	gap := r.version - before.version - 1 // of events that may be among the broken
	if r.version <= before.version || uint64(gap) > uint64(len(v.broken)) {
		v.damage(damagedEvent(position, fmt.Sprintf("it is version %d of stream %s, after version %d", r.version, r.stream, before.version)))
	}

	if r.recorded < before.recorded {
		v.damage(damagedEvent(position, "its recorded time runs backwards within stream "+string(r.stream)))
	}

	heads[string(r.stream)] = head{version: r.version, recorded: r.recorded}
}

// hash returns a hash of an index entry.
func (v *verification) hash(name []byte, version, position uint64) uint64 {
	var h maphash.Hash
	h.SetSeed(v.seed)

	var places [16]byte
	binary.BigEndian.PutUint64(places[:], version)
	binary.BigEndian.PutUint64(places[8:], position)
	_, _ = h.Write(places[:]) // never fails
	_, _ = h.Write(name)      // never fails

	return h.Sum64()
}

// streams looks at the index by streams.
func (v *verification) streams() error {
	var indexed sum

	err := v.scanKind(streamKey, func(key, value []byte) {
		stream, version, ok := parseStreamKey(key)
		position, whole := parsePlace(value)
		if !ok || !whole {
			v.damage(damagedIndex(stream, version, "it cannot be read"))
			return
		}

		if position <= v.end {
			v.done++
			indexed.add(v.hash(stream, uint64(version), position))
		}
	})
	if err != nil || indexed == v.byStream {
		return err
	}

	return v.locateStreams()
}

// locateStreams looks up every entry of the index by streams, and every event
// in it, to name what does not fit.
func (v *verification) locateStreams() error {
	err := v.scanKind(streamKey, func(key, value []byte) {
		stream, version, _ := parseStreamKey(key)
		position, _ := parsePlace(value)
		if position > v.end || v.isBroken(position) {
			return
		}

		r, problem := v.lookup(position)
		if problem == "" && (!bytes.Equal(r.stream, stream) || r.version != version) {
			problem = fmt.Sprintf("it names position %d, which is version %d of stream %s", position, r.version, r.stream)
		}

		if problem != "" {
			v.damage(damagedIndex(stream, version, problem))
		}
	})
	if err != nil {
		return err
	}

	return v.eachEvent(func(r *record, position uint64) {
		key := appendStreamKey(nil, event.Stream(r.stream), r.version)
		if !v.leads(key, position) {
			v.damage(damagedIndex(r.stream, r.version, fmt.Sprintf("it does not lead to position %d", position)))
		}
	})
}
