package storetest

import (
	"fmt"
	"iter"
	"testing"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

func modelCases() []testCase {
	return []testCase{
		{
			"random operations do what a plain model does",
			"a backend that passes its suite is a backend.",
			func(tr *trial) { Model(tr.T, store.Backend{Log: tr.log, Marks: tr.marks, Relay: tr.relay}) },
		},
	}
}

// Model does random operations on a backend and on a model made of maps and
// slices, and compares the outcomes. When they differ, it looks for the
// shortest list of operations that shows it. Nobody else may write to the
// backend meanwhile. The flags -rapid.checks and -rapid.steps say how many lists
// of operations there are, and how long they are.
func Model(t *testing.T, b store.Backend) {
	t.Helper()

	runs := 0

	rapid.Check(t, func(t *rapid.T) {
		// Every run has streams, IDs and marks of its own, behind those of the
		// runs before.
		runs++
		m := newModel(t, b, fmt.Sprintf("run%d", runs))

		t.Repeat(map[string]func(*rapid.T){
			"append": m.appendAny,
			"retry":  m.retry,
			"alter":  m.alter,
			"read":   m.read,
			"feed":   m.feed,
			"follow": m.follow,
			"list":   m.list,
			"mark":   m.mark,
			"unmark": m.unmark,
			"marked": m.marked,
			"":       m.check,
		})
	})
}

// model is what a store should hold, in the plainest form.
type model struct {
	store store.Backend
	// run begins the names of whatever this run makes.
	run   string
	start event.Position

	events  []event.Event
	streams map[event.Stream][]event.Event
	ids     map[event.ID]event.Event
	appends []made

	marks    map[string]store.Mark
	revision store.Revision

	// next pulls the next page of a feed that this run follows; got is how many
	// events it had so far.
	next func() (store.Page, error, bool)
	got  int
	upto event.Position
}

// made is an append that was recorded.
type made struct {
	batches []store.Batch
	receipt store.Receipt
}

func newModel(t *rapid.T, b store.Backend, run string) *model {
	t.Helper()

	state, err := b.Log.State(t.Context())
	if err != nil {
		t.Fatalf("state: %v", err)
	}

	next, stop := iter.Pull2(b.Log.Feed(t.Context(), state.Head, store.Filter{Follow: true, PageSize: 3}))
	t.Cleanup(stop)

	return &model{
		store:   b,
		run:     run,
		start:   state.Head,
		streams: make(map[event.Stream][]event.Event),
		ids:     make(map[event.ID]event.Event),
		marks:   make(map[string]store.Mark),
		next:    next,
		upto:    state.Head,
	}
}

// names returns the streams of the run in the order of their bytes.
func (m *model) names() []event.Stream {
	var names []event.Stream
	for _, form := range []string{"$%s:1", "%s:1", "%s:10", "%s:1:2", "%sx:1"} {
		names = append(names, event.Stream(fmt.Sprintf(form, m.run)))
	}

	return names
}

// head returns the version of a stream.
func (m *model) head(stream event.Stream) event.Version {
	return event.Version(len(m.streams[stream]))
}

// end returns the position of the last event.
func (m *model) end() event.Position {
	if len(m.events) == 0 {
		return m.start
	}

	return m.events[len(m.events)-1].Position
}

// check compares the ends of the log and of all streams.
func (m *model) check(t *rapid.T) {
	state, err := m.store.Log.State(t.Context())
	if err != nil || state.Head != m.end() {
		t.Fatalf("the log ends at %s (%v), want %s", state.Head, err, m.end())
	}

	for _, name := range m.names() {
		head, err := m.store.Log.Head(t.Context(), name)
		if err != nil || head != m.head(name) {
			t.Fatalf("head of %s is %d (%v), want %d", name, head, err, m.head(name))
		}
	}
}

// same compares events.
func same(t *rapid.T, what string, got, want []event.Event) {
	for i := range min(len(got), len(want)) {
		if d := difference(&got[i], &want[i]); d != "" {
			t.Fatalf("%s: event %d of %d: %s", what, i+1, len(want), d)
		}
	}

	if len(got) != len(want) {
		t.Fatalf("%s: got %d events, want %d", what, len(got), len(want))
	}
}
