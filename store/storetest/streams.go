package storetest

import (
	"slices"
	"sync"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

func streamCases() []testCase {
	const order = `Streams yields the names of the streams of a category ("" means all) that sort after a name, in the order of their bytes.`

	return []testCase{
		{"in the order of their bytes", order, streamsInOrder},
		{"after every name", order, streamsAfter},
		{"of every category", "The category ends at the first colon.", streamsOfCategories},
		{"a stream appears once", order, streamsOnce},
		{"streams appear only with an event", "A stream without events yields nothing", streamsWithEvents},
		{"a consumer may append", "All methods are safe for concurrent use.", appendWhileListing},
	}
}

// assortedStreams are names that are easily taken for one another.
func assortedStreams() []event.Stream {
	return []event.Stream{
		"$a:1", "$system:1", "A:1", "a:1", "a:10", "a:2", "a:b:1", "a b:1", "aa:1", "ab:1", "ab:2", "b:1", "z:9", "é:1", "😀:1",
	}
}

// listed makes the assorted streams, and returns them in the order of their
// bytes.
func (tr *trial) listed() []event.Stream {
	tr.Helper()

	names := assortedStreams()
	slices.Sort(names)

	for _, n := range mixed(len(names)) {
		tr.record(to(names[n], fact(n)))
	}

	return names
}

func streamsInOrder(tr *trial) {
	tr.wantStreams("", "")
	tr.wantStreams("a", "")

	names := tr.listed()
	tr.wantStreams("", "", names...)
}

func streamsAfter(tr *trial) {
	names := tr.listed()
	marks := slices.Concat(names, []event.Stream{"", " ", "a", "a:", "a:1 ", "a;", "ab", "b", "zz", "~", "\U0010ffff"})

	for _, category := range []string{"", "a", "ab", "b", "$a", "é", "none"} {
		for _, after := range marks {
			var want []event.Stream
			for _, name := range names {
				if name > after && (category == "" || name.Category() == category) {
					want = append(want, name)
				}
			}

			tr.wantStreams(category, after, want...)
		}
	}
}

func streamsOfCategories(tr *trial) {
	tr.listed()

	for category, want := range map[string][]event.Stream{
		"a": {"a:1", "a:10", "a:2", "a:b:1"}, "ab": {"ab:1", "ab:2"}, "A": {"A:1"}, "$a": {"$a:1"}, "$system": {"$system:1"}, "😀": {"😀:1"},
		"$": nil, "a:": nil, "a:b": nil, "a:1": nil, "none": nil, "*": nil, "%": nil, "_": nil,
	} {
		tr.wantStreams(category, "", want...)
	}
}

func streamsOnce(tr *trial) {
	for n := range 5 {
		tr.record(to("meeting:1", facts(3)...), to("meeting:2", fact(n)), to("meeting:1", fact(n)))
		tr.wantStreams("", "", "meeting:1", "meeting:2")
		tr.wantStreams("meeting", "meeting:1", "meeting:2")
	}
}

func streamsWithEvents(tr *trial) {
	tr.record(to("meeting:1"), expecting(store.NoStream(), "meeting:2"))
	tr.conflict(store.ConflictError{Stream: "meeting:3", Expected: store.SomeStream()}, to("meeting:2", fact(1)), expecting(store.SomeStream(), "meeting:3", fact(1)))
	tr.head("meeting:4")
	tr.read("meeting:5", store.Range{})
	tr.wantStreams("", "")
}

func appendWhileListing(tr *trial) {
	names := tr.listed()

	var got []event.Stream
	for name, err := range tr.log.Streams(tr.soon(), "", "") {
		if err != nil {
			tr.Fatalf("streams: %v", err)
		}

		got = append(got, name)
		tr.record(to("$0:new", fact(1)), to(name, fact(2)))
	}

	if !slices.Equal(got, names) {
		tr.Errorf("got %q, want %q", got, names)
	}
}

func stateCases() []testCase {
	return []testCase{
		{"the epoch names the log and stays", "Epoch names the log: made when it was created, and anew at every restore.", epochStays},
		{"the head is the position of the last event", "Head is the position of the last event.", headMoves},
	}
}

func epochStays(tr *trial) {
	epoch := tr.state().Epoch
	if epoch == "" {
		tr.Error("the log has no epoch")
	}

	if other := tr.another().state().Epoch; other == epoch {
		tr.Errorf("two logs have the epoch %s", epoch)
	}

	var done sync.WaitGroup
	for n := range 4 {
		done.Go(func() {
			if _, err := tr.log.Append(tr.soon(), to("meeting:1", fact(n))); err != nil {
				tr.Errorf("append: %v", err)
			}
		})
	}

	done.Wait()

	if got := tr.state().Epoch; got != epoch {
		tr.Errorf("the epoch was %s and became %s", epoch, got)
	}
}

func headMoves(tr *trial) {
	if head := tr.state().Head; !head.IsZero() {
		tr.Errorf("an empty log ends at %s", head)
	}

	for n := range 5 {
		receipt := tr.record(to("meeting:1", facts(n+1)...), to("meeting:2", fact(n)))
		events := tr.feed(event.Position{}, store.Filter{})

		if head := tr.state().Head; head != receipt.Position || head != events[len(events)-1].Position {
			tr.Errorf("the log ends at %s, its receipt is %s, its last event at %s", head, receipt.Position, events[len(events)-1].Position)
		}
	}
}
