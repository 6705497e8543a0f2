package pebble

import (
	"strings"

	"github.com/recountdev/recount/event"
)

// head is the end of a stream.
type head struct {
	version  event.Version
	recorded int64 // of the last event
}

// heads is a bounded cache of the ends of streams: two generations, of which
// the older is dropped when the younger is full, so that what is used stays.
// Not safe for concurrent use.
type heads struct {
	limit      int // streams of a generation
	young, old map[event.Stream]*head
}

func newHeads(limit int) *heads {
	return &heads{limit: limit, young: make(map[event.Stream]*head)}
}

// get returns the end of a stream, to be changed in place; nil if it is not
// kept.
func (h *heads) get(stream event.Stream) *head {
	if end := h.young[stream]; end != nil {
		return end
	}

	end := h.old[stream]
	if end != nil {
		h.add(stream, end)
	}

	return end
}

func (h *heads) add(stream event.Stream, end *head) {
	h.young[event.Stream(strings.Clone(string(stream)))] = end
}

// age drops the older generation if the younger is full. In between, nothing is
// dropped.
func (h *heads) age() {
	if len(h.young) >= h.limit {
		h.old, h.young = h.young, make(map[event.Stream]*head)
	}
}
