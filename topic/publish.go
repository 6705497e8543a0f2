package topic

import (
	"strings"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// arrival is what a page brought for a topic.
type arrival struct {
	topic  *topic
	events []event.Event
	weight int // of the events
	frames int // that were made of them
}

// Start returns the position after which Publish wants the feed.
func (h *Hub) Start() event.Position {
	h.mu.Lock()
	defer h.mu.Unlock()

	return event.PositionAt(h.upto)
}

// Publish hands the next page of the feed to the topics concerned and wakes who
// watches them. It waits for nobody. Pages come from one goroutine, in order,
// without gap.
func (h *Hub) Publish(page store.Page) {
	arrivals, weight := h.sort(page)
	if len(arrivals) == 0 {
		return
	}

	grown := 0
	for i := range arrivals {
		a := &arrivals[i]
		if 2*a.weight < weight {
			a.events = copied(a.events)
		}

		frames, bytes := a.topic.add(a.events)
		a.frames = frames
		grown += bytes
	}

	h.trim(arrivals, grown)
	clear(arrivals)
}

// sort finds the topics that a page concerns, and what all its events weigh.
func (h *Hub) sort(page store.Page) (arrivals []arrival, weights int) {
	h.mu.Lock()
	defer h.mu.Unlock()

	h.upto = page.Upto.Number()
	h.round++
	h.live = h.live[:0]

	if len(h.streams)+len(h.categories) == 0 {
		return nil, 0
	}

	for i := range page.Events {
		e := &page.Events[i]
		w := weight(e)
		weights += w

		if t := h.streams[e.Stream]; t != nil {
			h.arrive(t, page.Events, i, w)
		}

		if len(h.categories) == 0 {
			continue
		}

		if t := h.categories[e.Stream.Category()]; t != nil {
			h.arrive(t, page.Events, i, w)
		}
	}

	return h.live, weights
}

// arrive notes that an event of a page is a topic's. The lock is held.
func (h *Hub) arrive(t *topic, page []event.Event, i, weight int) {
	if t.round != h.round {
		t.round, t.slot = h.round, len(h.live)
		h.live = append(h.live, arrival{topic: t})
	}

	a := &h.live[t.slot]
	a.weight += weight

	n := len(a.events)
	switch {
	case n == 0:
		a.events = page[i : i+1 : i+1]
	case i >= n && &page[i-n] == &a.events[0]:
		a.events = page[i-n : i+1 : i+1] // those in a row share the page's memory
	default:
		a.events = append(a.events, page[i])
	}
}

// copied returns events that share no memory with the rest of their page, which
// a topic would otherwise keep whole for the sake of a small part.
func copied(events []event.Event) []event.Event {
	size := 0
	for i := range events {
		size += len(events[i].Data) + len(events[i].Meta.Extra)
	}

	text := make([]byte, 0, size)
	own := func(part []byte) []byte {
		if len(part) == 0 {
			return part
		}

		start := len(text)
		text = append(text, part...)

		return text[start:len(text):len(text)]
	}

	some := make([]event.Event, len(events))
	for i := range events {
		e := &some[i]
		*e = events[i]
		e.ID = event.ID(strings.Clone(string(e.ID))) // a log may write those of a page in one piece
		e.Data, e.Meta.Extra = own(e.Data), own(e.Meta.Extra)
	}

	return some
}

// mostRecent is how many frames all topics have at most.
const mostRecent = 1 << 14

// trim keeps the memory of all frames in bounds: the topic whose frames came
// first loses them. Those that came just now stay.
func (h *Hub) trim(arrivals []arrival, grown int) {
	h.mu.Lock()
	defer h.mu.Unlock()

	h.bytes += grown
	added := 0
	for i := range arrivals {
		for range arrivals[i].frames {
			h.recent = append(h.recent, arrivals[i].topic)
			added++
		}
	}

	for (h.bytes > h.options.Memory || len(h.recent) > mostRecent) && len(h.recent) > added {
		oldest := h.recent[0]
		h.recent[0] = nil
		h.recent = h.recent[1:]
		h.bytes -= oldest.dropOne()
	}
}
