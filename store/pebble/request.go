package pebble

import (
	"sync/atomic"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// request is what somebody wants written, on its way through the committer: an
// append, or a change of a mark. It owns all its bytes, so that a caller who no
// longer waits may reuse what it gave.
type request struct {
	parts  []part
	drafts []draft
	buf    []byte // the records of all drafts
	given  bool   // some draft has an ID
	mark   *markChange

	position uint64 // of the last event, or the end of the log
	repeated bool
	err      error

	state atomic.Int32
	done  chan struct{} // gets one value when the answer is durable
}

// The states of a request: whoever moves it on from waiting decides its fate.
const (
	waiting int32 = iota
	taken
	abandoned
)

// part is a batch.
type part struct {
	stream  event.Stream
	expect  store.Expectation
	drafts  int
	version event.Version // of its last event
}

// draft is an event to be, and then its place.
type draft struct {
	id         event.ID
	start, end int    // of its record in buf
	kept       int64  // the recorded time that an import keeps, or -1
	lookedUp   bool   // the ID was looked up before, and not found
	unknownAt  uint64 // among the events up to there

	position uint64
	version  event.Version
	recorded int64
}

func newRequest() *request { return &request{done: make(chan struct{}, 1)} }

// maxKept is the largest buffer that a request keeps for the next append.
const maxKept = 64 << 10

// encode takes over an append.
func (r *request) encode(batches []store.Batch) {
	r.parts, r.drafts = r.parts[:0], r.drafts[:0]
	r.given, r.repeated, r.mark, r.err = false, false, nil, nil
	r.state.Store(waiting)

	size := 0
	for i := range batches {
		for j := range batches[i].Drafts {
			size += recordSize(batches[i].Stream, &batches[i].Drafts[j])
		}
	}

	if cap(r.buf) < size {
		r.buf = make([]byte, 0, size)
	}

	r.buf = r.buf[:0]
	for i := range batches {
		b := &batches[i]
		r.parts = append(r.parts, part{stream: b.Stream, expect: b.Expect, drafts: len(b.Drafts)})
		for j := range b.Drafts {
			r.encodeDraft(b.Stream, &b.Drafts[j])
		}
	}
}

func (r *request) encodeDraft(stream event.Stream, d *event.Draft) {
	kept := int64(-1)
	if !d.Recorded.IsZero() {
		kept = d.Recorded.UnixMilli()
	}

	start := len(r.buf)
	r.buf = appendRecord(r.buf, stream, d)
	r.drafts = append(r.drafts, draft{id: d.ID, start: start, end: len(r.buf), kept: kept})
	r.given = r.given || d.ID != ""
}

// size is what the request weighs in the queue, and about what it writes.
func (r *request) size() int {
	n := len(r.buf)
	for i := range r.parts {
		n += r.parts[i].drafts * (2*(len(r.parts[i].stream)+2*placeLen) + 64)
	}

	if r.mark != nil {
		n += len(r.mark.value) + len(r.mark.name)
	}

	return n + 128
}

// unknownOutcome says that nobody knows whether the request was written.
func (r *request) unknownOutcome(cause error) error {
	if r.mark != nil {
		return fault.Unavailable("it is unknown whether this was written: get the mark to find out: %w", cause)
	}

	if !r.given {
		return fault.Unavailable("it is unknown whether this was written: read the stream to find out, and give events ids to make appends repeatable: %w", cause)
	}

	return fault.Unavailable("it is unknown whether this was written: append it again with the same ids to find out: %w", cause)
}

// record returns the record of a draft, not yet sealed.
func (r *request) record(d *draft) []byte { return r.buf[d.start:d.end] }

// oneReceipt is room for the usual receipt.
type oneReceipt struct {
	batches [1]store.Recorded
	ids     [1]event.ID
}

// receipt says where the request was recorded.
func (r *request) receipt(m *minter) store.Receipt {
	receipt := store.Receipt{Position: event.PositionAt(r.position), Repeated: r.repeated}

	var ids []event.ID
	if len(r.parts) == 1 && len(r.drafts) == 1 {
		one := new(oneReceipt)
		receipt.Batches, ids = one.batches[:], one.ids[:]
	} else {
		receipt.Batches, ids = make([]store.Recorded, len(r.parts)), make([]event.ID, len(r.drafts))
	}

	for i := range r.drafts {
		d := &r.drafts[i]
		ids[i] = d.id
		if d.id == "" {
			ids[i] = m.mint(d.position, d.recorded).ID()
		}
	}

	for i := range r.parts {
		p := &r.parts[i]
		receipt.Batches[i] = store.Recorded{Version: p.version, IDs: ids[:p.drafts:p.drafts]}
		ids = ids[p.drafts:]
	}

	return receipt
}

// recycle lets go of what would be too large to keep.
func (r *request) recycle() {
	if cap(r.buf) > maxKept {
		r.buf = nil
	}

	clear(r.parts)
	clear(r.drafts)
}
