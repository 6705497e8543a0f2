package pebble

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// planner decides requests one after another and gathers what they add in one
// batch. It knows the ends of streams and of the log as they will be when that
// batch is durable. Only the committer uses it.
type planner struct {
	db     *pebble.DB
	minter *minter
	heads  *heads
	marks  *marks

	position uint64 // of the last event
	latest   int64  // recorded time of any event
	revision store.Revision
	// given are the IDs that callers gave lately.
	given recentIDs
	// collisions are the IDs given by callers that this log could make itself.
	collisions map[event.ID]struct{}

	// For the group at hand:
	batch   *pebble.Batch
	commit  *commit
	put     map[string]markPut // the marks that it changes, or nil
	now     int64
	iter    *pebble.Iterator // finds the ends of streams
	entries []entry          // of the index by streams
	ids     []givenID        // of the index by IDs
	undo    []formerHead
	key     []byte // scratch
	rec     []byte // scratch
}

// entry is an entry of the index by streams to be.
type entry struct {
	stream   event.Stream
	version  event.Version
	position uint64
}

// formerHead is the end of a stream before a request.
type formerHead struct {
	of *head
	is head
}

// begin starts a group of requests with so many events and bytes.
func (p *planner) begin(events, size int, now int64) {
	p.batch = p.db.NewBatchWithSize(size)
	p.commit = &commit{first: p.position + 1, bytes: size}
	p.commit.records = p.commit.one[:0]
	if events > 1 {
		p.commit.records = make([][]byte, 0, events)
	}

	p.now = now
	p.heads.age()
	p.given.age()
	p.put = nil // readers may still look at the last one
}

// end releases what only deciding needs.
func (p *planner) end() {
	p.index()
	p.indexIDs()
	if p.iter != nil {
		_ = p.iter.Close() // its errors were reported where it was used
		p.iter = nil
	}

	if p.put != nil {
		p.marks.hide(p.put)
	}
}

// index adds the index by streams to the batch: after the events, and in order,
// because the engine inserts neighbours faster.
func (p *planner) index() {
	slices.SortFunc(p.entries, func(a, b entry) int {
		return cmp.Or(strings.Compare(string(a.stream), string(b.stream)), cmp.Compare(a.version, b.version))
	})

	for i := range p.entries {
		e := &p.entries[i]
		op := p.batch.SetDeferred(streamKeyLen(e.stream), placeLen)
		appendStreamKey(op.Key[:0], e.stream, e.version)
		putPlace(op.Value, e.position)
		_ = op.Finish() // fails only for batches that can be read
	}

	clear(p.entries)
	p.entries = p.entries[:0]
}

// settled is called when the group is durable.
func (p *planner) settled() {
	p.batch = nil
	if p.put != nil {
		p.marks.show()
		p.put = nil
	}
}

// append decides an append and adds its events to the batch.
func (p *planner) append(r *request) {
	if r.given {
		known, err := p.known(r)
		if err != nil || known {
			r.err = err
			return
		}
	}

	p.undo = p.undo[:0]
	if err := p.place(r); err != nil {
		r.err = err
		for _, v := range slices.Backward(p.undo) {
			*v.of = v.is
		}

		return
	}

	at := 0
	for i := range r.parts {
		part := &r.parts[i]
		for j := range r.drafts[at : at+part.drafts] {
			p.add(r, part.stream, &r.drafts[at+j])
		}

		at += part.drafts
	}

	r.position = p.position
}

// place checks what the request expects of its streams, and gives its drafts
// their versions and recorded times.
func (p *planner) place(r *request) error {
	at := 0
	for i := range r.parts {
		part := &r.parts[i]
		end, err := p.head(part.stream)
		if err != nil {
			return err
		}

		if !part.expect.Holds(end.version) {
			return &store.ConflictError{Stream: part.stream, Expected: part.expect, Actual: end.version}
		}

		p.undo = append(p.undo, formerHead{of: end, is: *end})
		for j := range part.drafts {
			d := &r.drafts[at+j]
			if d.kept >= 0 && d.kept < end.recorded {
				return store.Placed(outOfOrder(part.stream, d.kept, end.recorded), i, len(r.parts), j, part.drafts)
			}

			d.recorded = d.kept
			if d.kept < 0 {
				d.recorded = max(p.now, end.recorded)
			}

			d.version = end.version + 1
			*end = head{version: d.version, recorded: d.recorded}
		}

		part.version = end.version
		at += part.drafts
	}

	return nil
}

func outOfOrder(stream event.Stream, kept, last int64) error {
	const layout = "2006-01-02T15:04:05.000Z07:00"

	return fault.Invalid("recorded time %s lies before that of the last event of stream %s, %s: recorded times never run backwards within a stream",
		at(kept).Format(layout), stream, at(last).Format(layout))
}

// add gives a draft its position and adds it to the batch.
func (p *planner) add(r *request, stream event.Stream, d *draft) {
	p.position++
	p.latest = max(p.latest, d.recorded)
	d.position = p.position

	rec := r.record(d)
	if d.id == "" && len(p.collisions) > 0 {
		if _, taken := p.collisions[p.minter.mint(d.position, d.recorded).ID()]; taken {
			d.id = event.NewID()
			rec = withID(rec, d.id)
		}
	}

	op := p.batch.SetDeferred(eventKeyLen, len(rec))
	appendEventKey(op.Key[:0], d.position)
	copy(op.Value, rec)
	sealRecord(op.Value, d.position, d.version, d.recorded, p.latest)
	_ = op.Finish() // fails only for batches that can be read
	p.commit.records = append(p.commit.records, op.Value)

	p.entries = append(p.entries, entry{stream: stream, version: d.version, position: d.position})
	if d.id != "" {
		p.give(d.id, d.position)
	}
}

// indexIDs adds the index by IDs to the batch, like index.
func (p *planner) indexIDs() {
	slices.SortFunc(p.ids, func(a, b givenID) int { return strings.Compare(string(a.id), string(b.id)) })

	for i := range p.ids {
		p.key = appendIDKey(p.key[:0], p.ids[i].id)
		op := p.batch.SetDeferred(len(p.key), placeLen)
		copy(op.Key, p.key)
		putPlace(op.Value, p.ids[i].position)
		_ = op.Finish() // fails only for batches that can be read
	}

	clear(p.ids)
	p.ids = p.ids[:0]
}

// give remembers an ID that a caller gave.
func (p *planner) give(id event.ID, position uint64) {
	id = event.ID(strings.Clone(string(id))) // it may be a part of something large
	p.given.add(id, position)
	p.ids = append(p.ids, givenID{id: id, position: position})

	if at, own := p.minter.place(id); own && at > position {
		p.collisions[id] = struct{}{}
		_ = p.batch.Set(appendCollisionKey(nil, id), nil, nil) // fails only for closed batches
	}
}

// head returns the end of a stream as the batch will leave it, to be changed in
// place.
func (p *planner) head(stream event.Stream) (*head, error) {
	if end := p.heads.get(stream); end != nil {
		return end, nil
	}

	if p.iter == nil {
		iter, err := p.db.NewIter(&pebble.IterOptions{LowerBound: []byte{streamKey}, UpperBound: []byte{streamKey + 1}})
		if err != nil {
			return nil, fault.Internal("find the end of stream %s: %w", stream, err)
		}

		p.iter = iter
	}

	position, version, err := lastPlace(p.iter, stream)
	if err != nil {
		return nil, err
	}

	end := &head{version: version}
	if version > 0 {
		rec, err := p.stored(position)
		if err != nil {
			return nil, err
		}

		end.recorded = rec.recorded
	}

	p.heads.add(stream, end)

	return end, nil
}

// stored returns the record at a position, from the batch or from the store. It
// is good until the next call.
func (p *planner) stored(position uint64) (record, error) {
	var value []byte
	if position >= p.commit.first {
		value = p.commit.records[position-p.commit.first]
	} else {
		var key [eventKeyLen]byte

		stored, closer, err := p.db.Get(appendEventKey(key[:0], position))
		if err != nil {
			return record{}, readError(err, damagedEvent(position, "an index names it, but it is missing"))
		}

		p.rec = append(p.rec[:0], stored...)
		value = p.rec
		_ = closer.Close() // never fails for Get
	}

	rec, problem := openRecord(value, position)
	if problem != "" {
		return record{}, damagedEvent(position, problem)
	}

	return rec, nil
}
