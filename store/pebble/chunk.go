package pebble

import (
	"github.com/recountdev/recount/event"
)

// chunk is records that were copied out of the store, one behind the other, to
// be decoded where they lie.
type chunk struct {
	bytes []byte
	parts []chunkPart
}

// chunkPart is a record of a chunk.
type chunkPart struct {
	position uint64
	end      int
}

// newChunk returns a chunk with room for about so many records.
func newChunk(records int) chunk {
	const usual = 320 // bytes of a record

	records = min(records, maxChunk/usual)

	return chunk{
		bytes: make([]byte, 0, records*usual),
		parts: make([]chunkPart, 0, records),
	}
}

func (c *chunk) add(position uint64, rec []byte) {
	c.bytes = append(c.bytes, rec...)
	c.parts = append(c.parts, chunkPart{position: position, end: len(c.bytes)})
}

// events decodes the records, which must not be changed any more. Events may
// come with an error: it is of what follows them.
func (c *chunk) events(d *decoder) ([]event.Event, error) {
	if len(c.parts) == 0 {
		return nil, nil
	}

	var damage error
	events := make([]event.Event, len(c.parts))
	start := 0
	for i, part := range c.parts {
		if problem := d.record.open(c.bytes[start:part.end:part.end], part.position); problem != "" {
			damage, events = damagedEvent(part.position, problem), events[:i]
			break
		}

		d.event(&events[i], &d.record, part.position)
		start = part.end
	}

	d.finish(events)

	return events, damage
}
