package topic

import (
	"sort"
	"sync"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/internal/payload"
	"github.com/recountdev/recount/wire"
)

// A push has at most so many events, and so many bytes unless it is one event
// (protocol.md, section 1).
const (
	maxPushEvents = 500
	maxPushBytes  = 256 << 10
)

// frame is what came at once on a topic, all of it or a push's worth.
type frame struct {
	name        Name
	after, upto uint64 // covers the places p with after < p <= upto
	events      []event.Event
	bytes       int // about what it keeps in memory

	once    sync.Once
	payload *payload.Payload
}

// frameBytes is about what a frame takes beside its events.
const frameBytes = 256

// newFrame returns a frame of events, which weigh so many bytes on the wire; in
// memory they take about as much once more.
func newFrame(name Name, after uint64, events []event.Event, weight int) *frame {
	return &frame{
		name:   name,
		after:  after,
		upto:   name.place(&events[len(events)-1]),
		events: events,
		bytes:  2*weight + frameBytes,
	}
}

// encoded returns the payload of the push that carries the frame.
func (f *frame) encoded() *payload.Payload {
	f.once.Do(func() { f.payload = encode(f.name, f.events, f.upto) })

	return f.payload
}

// rest returns the events after a place: all of them for whoever has seen what
// comes before the frame.
func (f *frame) rest(place uint64) []event.Event {
	if f.name.place(&f.events[0]) > place {
		return f.events
	}

	i := sort.Search(len(f.events), func(i int) bool { return f.name.place(&f.events[i]) > place })

	return f.events[i:]
}

// upTo returns the first of the events, up to a place.
func upTo(name Name, events []event.Event, place uint64) []event.Event {
	n := len(events)
	for n > 0 && name.place(&events[n-1]) > place {
		n--
	}

	return events[:n]
}

// encode writes the payload of a push of events.
func encode(name Name, events []event.Event, upto uint64) *payload.Payload {
	size := pushBytes
	for i := range events {
		size += weight(&events[i])
	}

	return payload.New(wire.AppendEvents(make([]byte, 0, size), events, upto, name.IsCategory()))
}

const (
	// pushBytes is what a push takes beside its events, at most.
	pushBytes = 48
	// envelopeBytes is what an event takes on the wire for the names of its
	// members, its numbers and times, at most.
	envelopeBytes = 280
)

// weight returns how many bytes an event takes on the wire, at most, but for
// characters that JSON has to escape.
func weight(e *event.Event) int {
	data := len(e.Data)
	if e.ContentType != "" && !e.IsJSON() {
		data = (data + 2) / 3 * 4 // as base64
	}

	return envelopeBytes + data + len(e.Meta.Extra) + len(e.Meta.Correlation) + len(e.Meta.Causation) +
		len(e.Stream) + len(e.ID) + len(e.Type) + len(e.Actor) + len(e.Subject) + len(e.ContentType)
}

// pushful returns how many of the events fit into one push, at least one, and
// what they weigh.
func pushful(events []event.Event) (n, bytes int) {
	for n < len(events) && n < maxPushEvents {
		more := weight(&events[n])
		if n > 0 && bytes+more > maxPushBytes-pushBytes {
			break
		}

		bytes += more
		n++
	}

	return n, bytes
}
