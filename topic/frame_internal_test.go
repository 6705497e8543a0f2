package topic

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/event"
)

// drawEvent draws an event without characters that JSON has to escape.
func drawEvent(t *rapid.T) event.Event {
	text := func(name string, most int) string { return strings.Repeat("x", rapid.IntRange(0, most).Draw(t, name)) }
	e := event.Event{
		ID: event.ID(text("id", 128)), Stream: event.Stream("c:" + text("stream", 200)), Type: text("type", 128), Actor: text("actor", 255),
		Subject: text("subject", 255), Version: event.Version(rapid.Uint64().Draw(t, "version")),
		Position: event.PositionAt(rapid.Uint64().Draw(t, "position")), Time: time.UnixMilli(rapid.Int64Range(0, 1<<40).Draw(t, "time")),
		Meta: event.Meta{Correlation: text("correlation", 255), Causation: text("causation", 255)},
	}

	if rapid.Bool().Draw(t, "extra") {
		e.Meta.Extra = []byte(`{"x":"` + text("extra", 1000) + `"}`)
	}

	if rapid.Bool().Draw(t, "json") {
		e.Data = []byte(`"` + text("data", 3000) + `"`)
	} else {
		e.ContentType, e.Data = "text/plain", []byte(text("data", 3000))
	}

	return e
}

func TestWeightIsAnUpperBound(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(rapid.Custom(drawEvent), 0, 4).Draw(t, "events")
		name := rapid.SampledFrom([]Name{"c:1", "c:*"}).Draw(t, "name")

		bound := pushBytes
		for i := range events {
			bound += weight(&events[i])
		}

		text := encode(name, events, math.MaxUint64).Bytes()
		if len(text) > bound || cap(text) > max(bound, 64)*5/4 {
			t.Fatalf("%d events take %d bytes (of %d), more than %d: %s", len(events), len(text), cap(text), bound, text)
		}

		if len(text) < bound-len(events)*envelopeBytes-600*len(events)-pushBytes {
			t.Fatalf("%d events take %d bytes, much less than %d", len(events), len(text), bound)
		}
	})
}

func TestPushful(t *testing.T) {
	t.Parallel()

	of := func(sizes ...int) []event.Event {
		events := make([]event.Event, len(sizes))
		for i, size := range sizes {
			events[i].Data = make([]byte, size-envelopeBytes)
		}

		return events
	}

	const room = maxPushBytes - pushBytes

	for _, c := range []struct {
		events   []event.Event
		n, bytes int
	}{
		{nil, 0, 0},
		{of(300), 1, 300},
		{of(slices.Repeat([]int{300}, 500)...), 500, 150_000},
		{of(slices.Repeat([]int{300}, 501)...), 500, 150_000},
		{of(room), 1, room},
		{of(room, 300), 1, room},
		{of(room-300, 300), 2, room},
		{of(room-300, 301), 1, room - 300},
		{of(room-300, 300, 300), 2, room},
		{of(10*room, 300), 1, 10 * room},
		{of(300, 10*room), 1, 300},
	} {
		if n, weight := pushful(c.events); n != c.n || weight != c.bytes {
			t.Errorf("%d events: got %d of %d bytes, want %d of %d", len(c.events), n, weight, c.n, c.bytes)
		}
	}
}

func TestRestAndUpTo(t *testing.T) {
	t.Parallel()

	for _, name := range []Name{"c:1", "c:*"} {
		events := make([]event.Event, 3)
		for i, place := range []uint64{4, 7, 9} {
			if name.IsCategory() {
				events[i].Position = event.PositionAt(place)
			} else {
				events[i].Version = event.Version(place)
			}
		}

		f := newFrame(name, 2, events, 100)
		if f.upto != 9 || f.after != 2 {
			t.Errorf("%s: the frame covers %d to %d", name, f.after, f.upto)
		}

		for place, after := range []int{3, 3, 3, 3, 2, 2, 2, 1, 1, 0, 0} {
			if got := len(f.rest(uint64(place))); got != after {
				t.Errorf("%s: %d events come after %d, want %d", name, got, place, after)
			}

			if got := len(upTo(name, events, uint64(place))); got != 3-after {
				t.Errorf("%s: %d events come up to %d, want %d", name, got, place, 3-after)
			}
		}
	}
}

func TestCopied(t *testing.T) {
	t.Parallel()

	page := []byte(`{"a":1}{"b":2}x`)
	ids := "first-second"
	events := []event.Event{
		{ID: event.ID(ids[:5]), Version: 1, Data: page[:7:7], Meta: event.Meta{Extra: page[7:14]}},
		{ID: event.ID(ids[6:]), Version: 2, Data: page[14:]},
		{Version: 3},
	}

	got := copied(events)
	if len(got) != 3 || string(got[0].Data) != `{"a":1}` || string(got[0].Meta.Extra) != `{"b":2}` || got[0].ID != "first" ||
		string(got[1].Data) != "x" || got[1].Version != 2 || got[2].Data != nil || got[2].Meta.Extra != nil {
		t.Errorf("got %+v", got)
	}

	if &got[0] == &events[0] || &got[0].Data[0] == &page[0] || unsafe.StringData(string(got[0].ID)) == unsafe.StringData(ids) {
		t.Error("the copy shares memory with its page")
	}

	_ = append(got[0].Data, 'z')
	if string(got[0].Meta.Extra) != `{"b":2}` {
		t.Error("one part runs into the next")
	}
}
