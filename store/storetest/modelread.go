package storetest

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// read compares a part of a stream.
func (m *model) read(t *rapid.T) {
	stream := rapid.SampledFrom(m.names()).Draw(t, "stream")
	r := store.Range{
		From:     event.Version(rapid.IntRange(0, len(m.streams[stream])+2).Draw(t, "from")),
		Limit:    rapid.IntRange(0, 5).Draw(t, "limit"),
		Backward: rapid.Bool().Draw(t, "backward"),
		Until:    m.drawTime(t, "until"),
	}

	got, err := all(m.store.Log.Read(t.Context(), stream, r))
	if err != nil {
		t.Fatalf("read %s %+v: %v", stream, r, err)
	}

	same(t, "read", got, limit(chosen(m.streams[stream], r), r.Limit))
}

// drawTime returns no time, or one at which something was recorded.
func (m *model) drawTime(t *rapid.T, label string) time.Time {
	if len(m.events) == 0 || rapid.IntRange(0, 2).Draw(t, label+" set") > 0 {
		return time.Time{}
	}

	return rapid.SampledFrom(m.events).Draw(t, label).Recorded
}

// feed compares the feed after some event.
func (m *model) feed(t *rapid.T) {
	f := store.Filter{PageSize: rapid.IntRange(0, 4).Draw(t, "page size"), Since: m.drawTime(t, "since")}

	switch rapid.IntRange(0, 4).Draw(t, "filter") {
	case 0:
		f.Categories = []string{rapid.SampledFrom([]string{m.run, "$" + m.run, m.run + "x"}).Draw(t, "category")}
	case 1:
		f.Streams = rapid.SliceOfN(rapid.SampledFrom(m.names()), 1, 3).Draw(t, "streams")
	case 2:
		f.Types = []string{"moved"}
	case 3:
		f.Types, f.Actors = []string{"added", "none"}, []string{"ann"}
	default:
	}

	seen := rapid.IntRange(0, len(m.events)).Draw(t, "seen")
	after := m.start

	if seen > 0 {
		after = m.events[seen-1].Position
	}

	same(t, "feed", m.feedAfter(t, after, f), slices.DeleteFunc(slices.Clone(m.events[seen:]), func(e event.Event) bool { return !passes(&f, &e) }))
}

// feedAfter returns the events of the feed, and checks its pages.
func (m *model) feedAfter(t *rapid.T, after event.Position, f store.Filter) []event.Event {
	pages, err := all(advancing(m.store.Log.Feed(t.Context(), after, f), after))
	if err != nil {
		t.Fatalf("feed after %s %+v: %v", after, f, err)
	}

	var events []event.Event

	last := after
	for i, p := range pages {
		if p.Live != (i == len(pages)-1) || p.Live != (p.Upto == m.end()) || i > 0 && p.Upto.Compare(last) <= 0 {
			t.Fatalf("feed after %s %+v: page %d of %d is from %s to %s, live %t; the log ends at %s", after, f, i+1, len(pages), last, p.Upto, p.Live, m.end())
		}

		events, last = append(events, p.Events...), p.Upto
	}

	return events
}

// follow reads what is new in the feed that the run follows.
func (m *model) follow(t *rapid.T) {
	var events []event.Event
	for m.upto != m.end() {
		p, err, ok := m.next()
		if err != nil || !ok {
			t.Fatalf("follow after %s: %v, ended %t", m.upto, err, !ok)
		}

		if p.Live != (p.Upto == m.end()) || p.Upto.Compare(m.end()) > 0 {
			t.Fatalf("follow after %s: page up to %s, live %t; the log ends at %s", m.upto, p.Upto, p.Live, m.end())
		}

		events, m.upto = append(events, p.Events...), p.Upto
	}

	same(t, "follow", events, m.events[m.got:])
	m.got = len(m.events)
}

// list compares the names of streams.
func (m *model) list(t *rapid.T) {
	category := rapid.SampledFrom([]string{m.run, "$" + m.run, m.run + "x", m.run + ":1", "none"}).Draw(t, "category")
	after := rapid.SampledFrom(append(m.names(), "")).Draw(t, "after")

	got, err := all(m.store.Log.Streams(t.Context(), category, after))
	if err != nil {
		t.Fatalf("streams of %q after %q: %v", category, after, err)
	}

	var want []event.Stream
	for _, name := range m.names() {
		if m.head(name) > 0 && name.Category() == category && name > after {
			want = append(want, name)
		}
	}

	slices.Sort(want)

	if !slices.Equal(got, want) {
		t.Fatalf("streams of %q after %q: got %q, want %q", category, after, got, want)
	}
}
