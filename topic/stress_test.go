package topic_test

import (
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fanout"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/topic"
)

// TestStress lets 200 clients read, each at its own pace, leave and come back,
// while the pump runs and others append. In the end each has exactly what it
// should have.
func TestStress(t *testing.T) {
	t.Parallel()

	const clients, writers, appends = 200, 4, 40

	h := newHouse(t, topic.Options{LiveOnly: fleeting, Memory: 64 << 10})
	names := []topic.Name{"meeting:1", "meeting:2", "meeting:3", "other:1", "meeting:*", "other:*"}

	var pump, writing, reading sync.WaitGroup

	ctx, stop := contextOf(t)
	pump.Go(func() { fanout.Run(ctx, h.log, h.hub, slog.New(slog.DiscardHandler)) })

	for seed := range writers {
		writing.Go(func() { write(h, rand.New(rand.NewPCG(1, uint64(seed))), names[:4], appends) })
	}

	written := make(chan struct{})
	last := make(map[topic.Name]uint64) // set before written is closed
	all := make([]*client, clients)

	for i := range all {
		all[i] = &client{house: h, random: rand.New(rand.NewPCG(2, uint64(i))), name: names[i%len(names)], written: written, last: last}
		reading.Go(all[i].run)
	}

	writing.Wait()

	var log []event.Event

	for page, err := range h.log.Feed(t.Context(), event.Position{}, store.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}

		log = append(log, page.Events...)
	}

	maps.Copy(last, ends(log, names))
	close(written)
	reading.Wait()
	stop()
	pump.Wait()

	for i, c := range all {
		if !c.check(log) {
			t.Errorf("client %d of %s is wrong", i, c.name)
		}
	}

	if stats := h.hub.Stats(); stats != (topic.Stats{}) {
		t.Errorf("something is left: %+v", stats)
	}
}

// write appends at random.
func write(h *house, random *rand.Rand, names []topic.Name, appends int) {
	for range appends {
		var batches []store.Batch

		for range 1 + random.IntN(2) {
			n := 1 + random.IntN(4)
			if random.IntN(40) == 0 {
				n = 60
			}

			types := make([]string, n)
			for i := range types {
				types[i] = []string{"noted", "noted", "waved"}[random.IntN(3)]
			}

			batches = append(batches, store.Batch{Stream: names[random.IntN(len(names))].Stream(), Drafts: noted(types...)})
		}

		if _, err := h.log.Append(h.Context(), batches...); err != nil {
			h.Errorf("append: %v", err)
		}

		<-time.After(time.Duration(random.IntN(500)) * time.Microsecond)
	}
}

// client is somebody who reads a topic, leaves it, and comes back.
type client struct {
	house   *house
	random  *rand.Rand
	name    topic.Name
	written <-chan struct{} // is closed when nothing more comes
	last    map[topic.Name]uint64
	stays   []stay
}

// stay is the time from a join to a leave.
type stay struct {
	all           bool
	from, history uint64
	to            uint64   // where it was left
	places        []uint64 // of the events that came
}

// run stays again and again until everything was seen.
func (c *client) run() {
	for !c.stay() {
		<-time.After(time.Duration(c.random.IntN(3)) * time.Millisecond)
	}
}

// stay joins and reads for a time; it reports whether all was seen.
func (c *client) stay() (done bool) {
	due := make(chan struct{}, 1)
	request := topic.Request{Name: c.name, All: c.random.IntN(2) == 0, Wake: func() {
		select {
		case due <- struct{}{}:
		default:
		}
	}}

	visit := stay{all: request.All}
	if len(c.stays) > 0 {
		visit.from = c.stays[len(c.stays)-1].to
		request.Since = &visit.from
	}

	s, joined := c.house.joined(request)
	defer s.Leave(c.random.IntN(2) == 0)

	visit.history = joined.Version
	defer func() {
		visit.to = s.Place()
		c.stays = append(c.stays, visit)
	}()

	for turns := 1 + c.random.IntN(60); ; turns-- {
		pushes, more, err := s.Next(c.house.Context(), nil, c.random.IntN(20_000))
		if err != nil {
			c.house.Errorf("next: %v", err)

			return true
		}

		visit.take(c, pushes)

		select {
		case <-c.written:
			if !more && s.Place() >= c.last[c.name] {
				return true
			}
		default:
			if turns < 0 {
				return false
			}
		}

		c.pause(more, due)
	}
}

// pause waits until something is due, and sometimes longer.
func (c *client) pause(more bool, due <-chan struct{}) {
	if !more {
		select {
		case <-due:
		case <-time.After(5 * time.Millisecond): // perhaps nothing more comes
		}
	}

	if c.random.IntN(4) == 0 {
		<-time.After(time.Duration(c.random.IntN(4)) * time.Millisecond)
	}
}

// take notes what came.
func (v *stay) take(c *client, pushes []topic.Push) {
	for i := range pushes {
		for _, e := range eventsOf(c.house, pushes[i].Payload.Bytes()).Events {
			if c.name.IsCategory() {
				v.places = append(v.places, e.Position.Number())
			} else {
				v.places = append(v.places, e.Version)
			}
		}
	}
}

// ends returns the place of each topic's last event.
func ends(log []event.Event, names []topic.Name) map[topic.Name]uint64 {
	places := make(map[topic.Name]uint64)

	for _, name := range names {
		w := watcher{name: name}
		for i := range log {
			if place, of := w.stands(&log[i]); of {
				places[name] = place
			}
		}
	}

	return places
}

// check compares what came with the log.
func (c *client) check(log []event.Event) bool {
	w := watcher{name: c.name}

	var at uint64

	for i := range c.stays {
		visit := &c.stays[i]
		if visit.from != at {
			return false
		}

		var want []uint64

		for j := range log {
			place, of := w.stands(&log[j])
			hidden := place <= visit.history && !visit.all && fleeting("", log[j].Type)
			if of && place > visit.from && place <= visit.to && !hidden {
				want = append(want, place)
			}
		}

		if !slices.Equal(visit.places, want) {
			return false
		}

		at = visit.to
	}

	return at >= c.last[c.name]
}
