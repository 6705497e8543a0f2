package topic

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// feeder makes pages as a pump gets them.
type feeder struct {
	hub      *Hub
	position uint64
	versions map[event.Stream]event.Version
}

func newFeeder(t *testing.T, o Options) *feeder {
	t.Helper()

	hub, err := New(t.Context(), memory.New().Log, o)
	if err != nil {
		t.Fatal(err)
	}

	return &feeder{hub: hub, versions: make(map[event.Stream]event.Version)}
}

// publish publishes a page with an event of each of the streams.
func (f *feeder) publish(size int, streams ...event.Stream) {
	page := store.Page{Live: true}
	for _, stream := range streams {
		f.position++
		f.versions[stream]++
		page.Events = append(page.Events, event.Event{
			Stream: stream, Type: "noted", Version: f.versions[stream], Position: event.PositionAt(f.position), Data: bytes.Repeat([]byte("1"), size),
		})
	}

	page.Upto = event.PositionAt(f.position)
	f.hub.Publish(page)
}

func (f *feeder) join(t *testing.T, name Name) *Subscription {
	t.Helper()

	s, _, err := f.hub.Join(t.Context(), Request{Name: name, Wake: func() {}})
	if err != nil {
		t.Fatal(err)
	}

	return s
}

// check compares what is counted with what is there.
func (f *feeder) check(t *testing.T) (total, frames int) {
	t.Helper()

	topics, _ := f.hub.all()
	for _, topic := range topics {
		sum := 0
		after := uint64(0)

		for i, frame := range topic.frames {
			sum += frame.bytes
			if frame.after >= frame.upto || i > 0 && frame.after != after || frame.bytes < 2*len(frame.encoded().Bytes()) {
				t.Fatalf("%s: a frame of %d bytes from %d to %d follows %d", topic.name, frame.bytes, frame.after, frame.upto, after)
			}

			after = frame.upto
		}

		if sum != topic.bytes || sum > maxTopicBytes && len(topic.frames) > 1 || len(topic.frames) > 0 && topic.tail != after {
			t.Fatalf("%s: %d frames take %d bytes and end at %d; counted are %d, up to %d", topic.name, len(topic.frames), sum, after, topic.bytes, topic.tail)
		}

		total += sum
		frames += len(topic.frames)
	}

	if total != f.hub.bytes || frames > len(f.hub.recent) {
		t.Fatalf("%d frames take %d bytes; counted are %d, known are %d", frames, total, f.hub.bytes, len(f.hub.recent))
	}

	return total, frames
}

func TestMemoryIsCounted(t *testing.T) {
	t.Parallel()

	const limit = 200_000

	f := newFeeder(t, Options{Memory: limit})
	random := rand.New(rand.NewPCG(1, 2))
	watching := make(map[Name][]*Subscription)

	var streams []event.Stream
	for i := range 10 {
		streams = append(streams, event.Stream(fmt.Sprintf("meeting:%d", i)))
	}

	dropped := false

	for range 3000 {
		name := Name(streams[random.IntN(10)])
		if random.IntN(8) == 0 {
			name = "meeting:*"
		}

		switch here := watching[name]; {
		case random.IntN(3) > 0:
			some := make([]event.Stream, 1+random.IntN(4))
			for i := range some {
				some[i] = streams[random.IntN(10)]
			}

			f.publish(1+random.IntN(3000), some...)
		case len(here) == 0 || random.IntN(3) == 0:
			watching[name] = append(here, f.join(t, name))
		default:
			here[0].Leave(true)
			watching[name] = here[1:]
		}

		total, _ := f.check(t)
		if most := limit + 4*2*2*3500; total > most {
			t.Fatalf("all frames take %d bytes, more than %d", total, most)
		}

		dropped = dropped || total > limit-20_000
	}

	if !dropped {
		t.Error("the limit was not reached")
	}

	for _, here := range watching {
		for _, s := range here {
			s.Leave(true)
		}
	}

	if f.check(t); f.hub.bytes != 0 || f.hub.recent != nil {
		t.Errorf("%d bytes and %d frames are left", f.hub.bytes, len(f.hub.recent))
	}
}

func TestOldestFramesGoFirst(t *testing.T) {
	t.Parallel()

	f := newFeeder(t, Options{Memory: 25_000})
	a, b := f.join(t, "meeting:a"), f.join(t, "meeting:b")

	for range 3 {
		f.publish(2000, "meeting:a")
	}

	for range 3 {
		f.publish(2000, "meeting:b")
	}

	if len(a.topic.frames) != 2 || len(b.topic.frames) != 3 || a.topic.frames[0].upto != 2 {
		t.Errorf("%d and %d frames are left", len(a.topic.frames), len(b.topic.frames))
	}

	// One frame that is larger than all memory stays nevertheless, alone.
	f.publish(100_000, "meeting:a")

	if len(a.topic.frames) != 1 || len(b.topic.frames) != 0 {
		t.Errorf("%d and %d frames are left", len(a.topic.frames), len(b.topic.frames))
	}

	f.check(t)
}

func TestTopicIsBounded(t *testing.T) {
	t.Parallel()

	f := newFeeder(t, Options{})
	s := f.join(t, "meeting:a")

	for range 100 {
		f.publish(10_000, "meeting:a")
	}

	if total, frames := f.check(t); total > maxTopicBytes || total < maxTopicBytes-30_000 || frames != len(s.topic.frames) {
		t.Errorf("%d frames take %d bytes", frames, total)
	}
}

func TestFramesAreFew(t *testing.T) {
	t.Parallel()

	f := newFeeder(t, Options{Memory: 1 << 30})

	var streams []event.Stream
	for i := range 100 {
		streams = append(streams, event.Stream(fmt.Sprintf("meeting:%d", i)))
		f.join(t, Name(streams[i]))
	}

	for range mostRecent/100 + 100 {
		f.publish(1, streams...)
	}

	if _, frames := f.check(t); frames > mostRecent || frames < mostRecent-100 || len(f.hub.recent) > mostRecent {
		t.Errorf("%d frames are kept, and %d are known", frames, len(f.hub.recent))
	}
}

// TestPagesAreNotKept shows that a topic with a small part of large pages does
// not keep the pages.
func TestPagesAreNotKept(t *testing.T) { //nolint:paralleltest // measures the heap
	f := newFeeder(t, Options{})
	s := f.join(t, "meeting:a")

	heap := func() uint64 {
		var stats runtime.MemStats

		runtime.GC()
		runtime.ReadMemStats(&stats)

		return stats.HeapAlloc
	}

	before := heap()

	for range 100 {
		arena := make([]byte, 0, 1<<20) // as a log decodes a page where it lies
		page := store.Page{Events: make([]event.Event, 0, 100)}

		for i := range 100 {
			stream, size := event.Stream("other:a"), 10_000
			if i == 50 {
				stream, size = "meeting:a", 100
			}

			f.position++
			f.versions[stream]++
			arena = append(arena, bytes.Repeat([]byte("1"), size)...)
			page.Events = append(page.Events, event.Event{
				Stream: stream, Version: f.versions[stream], Position: event.PositionAt(f.position), Data: arena[len(arena)-size:],
			})
		}

		page.Upto = event.PositionAt(f.position)
		f.hub.Publish(page)
	}

	if grown := int64(heap()) - int64(before); grown > 1<<20 {
		t.Errorf("the heap has grown by %d bytes for 100 small events", grown)
	}

	if got, _ := f.check(t); got > 200_000 || len(s.topic.frames) != 100 {
		t.Errorf("%d frames take %d bytes", len(s.topic.frames), got)
	}
}
