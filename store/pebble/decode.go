package pebble

import (
	"encoding/binary"
	"fmt"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// decoder turns records into events. The events share the memory of their
// records, and names that come again are shared, so that an event costs less
// than one allocation. Not safe for concurrent use.
type decoder struct {
	minter *minter
	names  names
	ids    []byte // scratch
	record record // scratch
}

// newDecoder returns a decoder that remembers about n names, a power of two.
func newDecoder(m *minter, n int) *decoder {
	return &decoder{minter: m, names: make(names, n)}
}

// event makes e the event of a record, but for its ID if the log made it:
// finish gives the events of a page theirs. The record's bytes must not change
// any more.
func (d *decoder) event(e *event.Event, r *record, position uint64) {
	e.Stream = event.Stream(d.names.of(r.stream))
	e.Version = r.version
	e.Position = event.PositionAt(position)
	e.Type = d.names.of(r.typ)
	e.Recorded = at(r.recorded)
	e.Time = e.Recorded
	e.Actor = d.names.of(r.actor)
	e.Subject = d.names.of(r.subject)
	e.ContentType = d.names.of(r.contentType)
	e.Data = r.data
	e.Origin = r.origin
	e.ID = event.ID(r.id)

	if len(r.data) == 0 {
		e.Data = nil
	}

	if r.time != r.recorded {
		e.Time = at(r.time)
	}

	if r.correlation != nil {
		e.Meta = event.Meta{Correlation: string(r.correlation), Causation: string(r.causation)}
		if len(r.extra) > 0 {
			e.Meta.Extra = r.extra
		}
	}
}

// finish gives the events whose ID the log made their ID: one text for all.
func (d *decoder) finish(events []event.Event) {
	d.ids = d.ids[:0]
	for i := range events {
		if events[i].ID == "" {
			d.ids = d.minter.mint(events[i].Position.Number(), events[i].Recorded.UnixMilli()).AppendTo(d.ids)
		}
	}

	const width = 36

	text := string(d.ids)
	for i := range events {
		if events[i].ID == "" {
			events[i].ID, text = event.ID(text[:width]), text[width:]
		}
	}
}

// names remembers names, each in the slot that its bytes lead to; a later name
// takes the slot of an earlier one.
type names []string

// of returns the text of b, the same for the same bytes if it is remembered.
func (n names) of(b []byte) string {
	if len(b) == 0 {
		return ""
	}

	slot := &n[spread(b)&uint64(len(n)-1)]
	if *slot != string(b) {
		*slot = string(b)
	}

	return *slot
}

// spread returns a number made of the ends of b: names mostly differ there.
func spread(b []byte) uint64 {
	const odd = 0x9e3779b97f4a7c15 // 2^64 over the golden ratio (Knuth, TAOCP 3, 6.4)

	var first, last uint64
	if len(b) >= 8 {
		first, last = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[len(b)-8:])
	} else {
		for _, c := range b {
			first = first<<8 | uint64(c)
		}
	}

	return (first ^ last*odd + uint64(len(b))) * odd >> 40
}

// damagedEvent names the event whose record is damaged.
func damagedEvent(position uint64, problem string) *store.DamageError {
	return &store.DamageError{Place: fmt.Sprintf("event at position %d", position), Problem: problem}
}

// damagedIndex names the index entry that does not fit the events.
func damagedIndex(stream []byte, version event.Version, problem string) *store.DamageError {
	return &store.DamageError{Place: fmt.Sprintf("index of stream %s, version %d", stream, version), Problem: problem}
}
