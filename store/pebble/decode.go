package pebble

import (
	"fmt"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// decoder turns records into events that own their memory. Names that come
// again are shared, and bytes are copied into blocks that many events share, so
// that an event costs less than one allocation. Not safe for concurrent use.
type decoder struct {
	minter *minter
	names  map[string]string
	block  []byte // what is left of the current block
	size   int    // of the last block
	ids    []byte
}

const (
	maxNames   = 4096
	firstBlock = 2 << 10
	maxBlock   = 64 << 10
)

func newDecoder(m *minter) *decoder {
	return &decoder{minter: m, names: make(map[string]string), size: firstBlock / 2}
}

// event makes e the event of a record, but for its ID if the log made it:
// finish gives the events of a page theirs.
func (d *decoder) event(e *event.Event, r *record, position uint64) {
	e.Stream = event.Stream(d.name(r.stream))
	e.Version = r.version
	e.Position = event.PositionAt(position)
	e.Type = d.name(r.typ)
	e.Recorded = at(r.recorded)
	e.Time = e.Recorded
	e.Actor = d.name(r.actor)
	e.Subject = d.name(r.subject)
	e.ContentType = d.name(r.contentType)
	e.Data = d.copy(r.data)
	e.Origin = r.origin
	e.ID = event.ID(r.id)

	if r.time != r.recorded {
		e.Time = at(r.time)
	}

	if r.correlation != nil {
		e.Meta = event.Meta{
			Correlation: string(r.correlation),
			Causation:   string(r.causation),
			Extra:       d.copy(r.extra),
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

// name returns the text of b, the same for the same bytes.
func (d *decoder) name(b []byte) string {
	if len(b) == 0 {
		return ""
	}

	if s, ok := d.names[string(b)]; ok {
		return s
	}

	if len(d.names) == maxNames {
		clear(d.names)
	}

	s := string(b)
	d.names[s] = s

	return s
}

// copy returns a copy of b in the current block.
func (d *decoder) copy(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}

	if len(b) > len(d.block) {
		if len(b) > maxBlock/4 {
			return append([]byte(nil), b...)
		}

		d.size = max(min(2*d.size, maxBlock), 2*len(b))
		d.block = make([]byte, d.size)
	}

	n := copy(d.block, b)
	c := d.block[:n:n]
	d.block = d.block[n:]

	return c
}

// damagedEvent names the event whose record is damaged.
func damagedEvent(position uint64, problem string) *store.DamageError {
	return &store.DamageError{Place: fmt.Sprintf("event at position %d", position), Problem: problem}
}

// damagedIndex names the index entry that does not fit the events.
func damagedIndex(stream []byte, version event.Version, problem string) *store.DamageError {
	return &store.DamageError{Place: fmt.Sprintf("index of stream %s, version %d", stream, version), Problem: problem}
}
