package topic_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/internal/payload"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/topic"
)

// TestModel appends, publishes late, joins and reads at random, and compares
// every push with the log: it has exactly the events of the places that it
// covers, and it covers what comes next.
func TestModel(t *testing.T) {
	t.Parallel()

	var paths paths

	rapid.Check(t, func(t *rapid.T) {
		o := topic.Options{Memory: rapid.SampledFrom([]int{1, 20_000, 1 << 20}).Draw(t, "memory")}
		m := &model{paths: &paths, frames: make(map[frameKey]*payload.Payload), liveOnly: rapid.IntRange(0, 3).Draw(t, "live-only") > 0}
		if m.liveOnly {
			o.LiveOnly = fleeting
		}

		m.house = newHouse(t, o)

		t.Repeat(map[string]func(*rapid.T){
			"append":  m.append,
			"publish": m.publish,
			"join":    m.join,
			"next":    m.next,
			"serve":   m.serve,
			"leave":   m.leave,
			"":        m.check,
		})

		m.house.tester = t
		m.finish(t)
	})

	t.Logf("%+v", paths)

	if !t.Failed() && (paths.shared == 0 || paths.partial == 0 || paths.stored == 0 || paths.history == 0) {
		t.Errorf("not all ways were taken: %+v", paths)
	}
}

// paths counts the ways by which pushes came.
type paths struct{ shared, partial, stored, history int }

// model is what is true of a hub.
type model struct {
	house    *house
	paths    *paths
	liveOnly bool
	events   []event.Event // the log
	watchers []*watcher
	frames   map[frameKey]*payload.Payload
}

// watcher is a subscription and what it was shown.
type watcher struct {
	s       *topic.Subscription
	name    topic.Name
	history uint64
	all     bool
	place   uint64
	woken   bool // or there is more
}

// stands returns the place of an event in the watcher's topic; false if it is
// not of it.
func (w *watcher) stands(e *event.Event) (uint64, bool) {
	if w.name.IsCategory() {
		return e.Position.Number(), e.Stream.Category() == w.name.Category()
	}

	return uint64(e.Version), e.Stream == w.name.Stream()
}

var streams = []event.Stream{"meeting:1", "meeting:2", "other:1"}

func (m *model) append(t *rapid.T) {
	m.house.tester = t

	var batches []store.Batch

	for range rapid.IntRange(1, 3).Draw(t, "batches") {
		var drafts []event.Draft

		switch rapid.IntRange(0, 29).Draw(t, "kind") {
		case 0:
			drafts = heavy(rapid.IntRange(60, 150).Draw(t, "many"), 20)
		case 1:
			drafts = heavy(rapid.IntRange(1, 5).Draw(t, "large"), 30_000)
		default:
			drafts = noted(rapid.SliceOfN(rapid.SampledFrom([]string{"noted", "waved"}), 1, 6).Draw(t, "types")...)
		}

		batches = append(batches, store.Batch{Stream: rapid.SampledFrom(streams).Draw(t, "stream"), Drafts: drafts})
	}

	m.house.appendBatches(batches...)

	for page, err := range m.house.log.Log.Feed(t.Context(), event.PositionAt(uint64(len(m.events))), store.Filter{}) {
		if err != nil {
			t.Fatalf("feed: %v", err)
		}

		m.events = append(m.events, page.Events...)
	}
}

func (m *model) publish(t *rapid.T) {
	m.house.tester = t
	m.house.publishOne(rapid.SampledFrom([]int{1, 2, 3, 7, 100, 500}).Draw(t, "size"))
}

func (m *model) join(t *rapid.T) {
	m.house.tester = t

	w := &watcher{
		name:  rapid.SampledFrom([]topic.Name{"meeting:1", "meeting:2", "other:1", "meeting:*", "other:*"}).Draw(t, "name"),
		all:   rapid.Bool().Draw(t, "all"),
		woken: true,
	}
	for i := range m.events {
		if place, of := w.stands(&m.events[i]); of || w.name.IsCategory() {
			w.history = place
		}
	}

	request := topic.Request{Name: w.name, All: w.all, Wake: func() { w.woken = true }}

	switch rapid.IntRange(0, 4).Draw(t, "from") {
	case 0:
	case 1:
		request.Now, w.place = true, w.history
	default:
		// Mostly near the end, where the frames are.
		back := rapid.SampledFrom([]uint64{1000, 3, 1, 0}).Draw(t, "back")
		w.place = w.history - min(w.history, rapid.Uint64Range(0, back).Draw(t, "by"))
		request.Since = &w.place
	}

	place := w.place

	s, joined := m.house.joined(request)
	if joined.Version != w.history || s.Place() != place {
		t.Fatalf("joined %s at %d, at place %d; want %d, %d", w.name, joined.Version, s.Place(), w.history, place)
	}

	w.s = s
	m.watchers = append(m.watchers, w)
}

func (m *model) next(t *rapid.T) {
	m.house.tester = t
	if len(m.watchers) == 0 {
		t.Skip("nobody")
	}

	w := rapid.SampledFrom(m.watchers).Draw(t, "watcher")
	room := rapid.SampledFrom([]int{0, 1, 2000, 64 << 10}).Draw(t, "room")
	m.take(t, w, room)
}

// serve lets those who are awake take something, each a different amount.
func (m *model) serve(t *rapid.T) {
	m.house.tester = t

	for i, w := range m.watchers {
		if w.woken {
			m.take(t, w, i*1000)
		}
	}
}

// take calls Next once.
func (m *model) take(t *rapid.T, w *watcher, room int) {
	w.woken = false
	needs, before := w.s.NeedsLog(), m.house.log.read()

	pushes, more, err := w.s.Next(t.Context(), nil, room)
	if err != nil {
		t.Fatalf("next of %s: %v", w.name, err)
	}

	read := m.house.log.read() - before
	if read > 1 {
		t.Fatalf("%s: one call has read the log %d times", w.name, read)
	}

	if needs && read == 0 {
		t.Fatalf("%s: needed the log, and did not read it", w.name)
	}

	w.woken = w.woken || more

	for i := range pushes {
		m.compare(t, w, &pushes[i])
	}

	m.paths.stored += int(read)

	if w.s.Place() < w.place {
		t.Fatalf("%s: at %d after a push up to %d", w.name, w.s.Place(), w.place)
	}
}

// compare compares a push with the log.
func (m *model) compare(t *rapid.T, w *watcher, push *topic.Push) {
	e := eventsOf(t, push.Payload.Bytes())
	upto := e.upto(t)
	past := w.place < w.history

	if upto <= w.place || past && upto > w.history {
		t.Fatalf("%s: a push goes up to %d, after %d, with a history up to %d", w.name, upto, w.place, w.history)
	}

	var want []shownEvent

	for i := range m.events {
		place, of := w.stands(&m.events[i])
		if !of || place <= w.place || place > upto || past && !w.all && m.isLiveOnly(&m.events[i]) {
			continue
		}

		want = append(want, shownEvent{Version: uint64(m.events[i].Version), Position: m.events[i].Position, Type: m.events[i].Type})
		if w.name.IsCategory() {
			want[len(want)-1].Stream = string(m.events[i].Stream)
		}
	}

	got := e.Events
	if !slices.Equal(got, want) {
		t.Fatalf("%s: from %d up to %d: got %v, want %v", w.name, w.place, upto, got, want)
	}

	if size := len(push.Payload.Bytes()); push.Events != len(got) || len(got) > 500 || len(got) > 1 && size > 256<<10 {
		t.Fatalf("%s: a push of %d events has %d of them and %d bytes", w.name, push.Events, len(got), size)
	}

	if len(got) == 0 && (!past || upto != w.history) {
		t.Fatalf("%s: a push up to %d is empty, with a history up to %d", w.name, upto, w.history)
	}

	m.count(w, push, upto, past)
	w.place = upto
}

// frameKey names what a push that others get, too, ends.
type frameKey struct {
	name topic.Name
	upto uint64
}

// count notes how a push came, as far as it shows.
func (m *model) count(w *watcher, push *topic.Push, upto uint64, past bool) {
	if past {
		m.paths.history++
	}

	if push.Latest == nil && !past {
		return // from the log
	}

	key := frameKey{w.name, upto}
	other, known := m.frames[key]

	switch {
	case !known:
		m.frames[key] = push.Payload
	case other == push.Payload:
		m.paths.shared++
	case !past:
		m.paths.partial++
	}
}

func (m *model) isLiveOnly(e *event.Event) bool { return m.liveOnly && fleeting(e.Stream, e.Type) }

func (m *model) leave(t *rapid.T) {
	m.house.tester = t
	if len(m.watchers) < 4 {
		t.Skip("too few")
	}

	i := rapid.IntRange(0, len(m.watchers)-1).Draw(t, "watcher")
	m.watchers[i].s.Leave(true)
	m.watchers = slices.Delete(m.watchers, i, i+1)
}

// check finds whoever sleeps although there is something to show.
func (m *model) check(t *rapid.T) {
	m.house.tester = t
	published := m.house.hub.Start().Number()

	for _, w := range m.watchers {
		if w.woken {
			continue
		}

		if w.place < w.history {
			t.Fatalf("%s sleeps at %d, with a history up to %d", w.name, w.place, w.history)
		}

		for i := int(published) - 1; i >= 0; i-- { // the event at position n is events[n-1]
			if place, of := w.stands(&m.events[i]); of && place > w.place {
				t.Fatalf("%s sleeps at %d, and %d was published", w.name, w.place, place)
			} else if of {
				break
			}
		}
	}

	if stats := m.house.hub.Stats(); stats.Subscriptions != len(m.watchers) || stats.Memory < 0 {
		t.Fatalf("stats: %+v with %d watchers", stats, len(m.watchers))
	}
}

// finish lets everybody see everything, and leave.
func (m *model) finish(t *rapid.T) {
	m.house.publish()

	for _, w := range m.watchers {
		for range 1000 {
			if !w.woken {
				break
			}

			m.take(t, w, 64<<10)
		}
	}

	m.check(t)

	for _, w := range m.watchers {
		if w.woken {
			t.Fatalf("there is no end to %s", w.name)
		}
	}

	if stats := m.house.hub.Stats(); stats.Slowest != 0 {
		t.Fatalf("all have everything, and one is %d behind", stats.Slowest)
	}

	for _, w := range m.watchers {
		w.s.Leave(true)
	}

	if stats := m.house.hub.Stats(); stats != (topic.Stats{}) {
		t.Fatalf("something is left: %+v", stats)
	}
}
