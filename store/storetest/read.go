package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

func readCases() []testCase {
	const reads = "Read yields the events of one stream, in the order of versions or backward."

	return []testCase{
		{"every range forward and backward", reads, everyRange},
		{"a stream as it was at a time", "Until leaves out what was recorded after that time.", everyUntil},
		{"no stream, no events", "A stream without events yields nothing", noStreamNoEvents},
		{"a consumer may leave", reads, consumerMayLeave},
		{"a consumer may append", "It sees every event that was recorded before the call; it may or may not see later ones.", consumerMayAppend},
		{"reading beside writers", "It sees every event that was recorded before the call; it may or may not see later ones.", readBesideWriters},
		{"a sequence reads anew each time", reads, sequenceReadsAnew},
	}
}

// chosen is the plainest reading of what a range means.
func chosen(events []event.Event, r store.Range) []event.Event {
	events = slices.Clone(events)
	if r.Backward {
		slices.Reverse(events)
	}

	return slices.DeleteFunc(events, func(e event.Event) bool {
		before := r.From > 0 && (r.Backward && e.Version > r.From || !r.Backward && e.Version < r.From)
		later := !r.Until.IsZero() && e.Recorded.After(r.Until)

		return before || later
	})
}

// limit returns the first of events.
func limit(events []event.Event, most int) []event.Event {
	if most > 0 && most < len(events) {
		return events[:most]
	}

	return events
}

func everyRange(tr *trial) {
	const count = 7

	tr.record(to("meeting:0", facts(3)...), to("meeting:1", facts(2)...))
	tr.record(to("meeting:2", facts(3)...), to("meeting:1", facts(count-2)...))
	tr.record(to("meeting:2", facts(3)...))

	stored := tr.wantRecorded("meeting:1", append(facts(2), facts(count-2)...)...)

	for _, backward := range []bool{false, true} {
		for from := range event.Version(count + 3) {
			for most := range count + 2 {
				r := store.Range{From: from, Limit: most, Backward: backward}
				tr.wantEvents("Read", tr.read("meeting:1", r), limit(chosen(stored, r), most))
			}
		}
	}
}

func everyUntil(tr *trial) {
	for _, n := range []int{2, 2, 4, 4, 4, 6} {
		tr.record(to("meeting:1", imported(day(n))), to("meeting:2", imported(day(1))))
	}

	stored := tr.read("meeting:1", store.Range{})

	for _, backward := range []bool{false, true} {
		for n := range 8 {
			for _, until := range []time.Time{day(n), day(n).Add(time.Nanosecond), day(n).Add(-time.Nanosecond), day(n).In(time.FixedZone("west", -3600))} {
				for from := range event.Version(8) {
					for _, most := range []int{0, 1, 3} {
						r := store.Range{From: from, Until: until, Limit: most, Backward: backward}
						tr.wantEvents("Read", tr.read("meeting:1", r), limit(chosen(stored, r), most))
					}
				}
			}
		}
	}
}

func noStreamNoEvents(tr *trial) {
	for range 2 {
		for _, r := range []store.Range{{}, {From: 1}, {From: 2}, {Backward: true}, {Backward: true, From: 5}, {Limit: 1}, {Until: time.Now()}} {
			if got := tr.read("meeting:none", r); len(got) != 0 {
				tr.Errorf("Read %+v yields %d events, want none", r, len(got))
			}
		}

		tr.record(to("meeting:a", fact(1)), to("meeting:z", fact(1)))
	}
}

func consumerMayLeave(tr *trial) {
	tr.record(to("meeting:1", facts(500)...))

	for n := range 50 {
		seen := 0
		for e, err := range tr.log.Read(tr.soon(), "meeting:1", store.Range{Backward: n%2 == 0}) {
			if err != nil || e.Stream != "meeting:1" {
				tr.Fatalf("read: %v", err)
			}

			if seen++; seen > n {
				break
			}
		}
	}
}

func consumerMayAppend(tr *trial) {
	tr.record(to("meeting:1", facts(20)...))

	for _, backward := range []bool{false, true} {
		var events []event.Event

		for e, err := range tr.log.Read(tr.soon(), "meeting:1", store.Range{Limit: 20, Backward: backward}) {
			if err != nil {
				tr.Fatalf("read: %v", err)
			}

			events = append(events, e)
			tr.record(to("meeting:1", fact(1)), to("meeting:2", fact(1)))
			tr.head("meeting:1")
		}

		if backward {
			slices.Reverse(events)
		}

		from := events[0].Version
		tr.wantEvents("Read", events, tr.read("meeting:1", store.Range{From: from, Limit: 20}))
	}
}

func readBesideWriters(tr *trial) {
	const appends = 60

	waitForWriter := tr.beside(func(ctx context.Context) {
		for n := range appends {
			if _, err := tr.log.Append(ctx, to("meeting:1", facts(3)...), to("meeting:2", fact(n))); err != nil {
				tr.Errorf("append: %v", err)
				return
			}
		}
	})

	for last := event.Version(0); last < 3*appends && !tr.Failed(); {
		head := tr.head("meeting:1")
		events := tr.read("meeting:1", store.Range{From: 1})
		if got := event.Version(len(events)); got < head || got < last {
			tr.Fatalf("Read yields %d events after the head was %d", got, head)
		}

		for i := range events {
			if e := &events[i]; e.Version != event.Version(i)+1 || e.Stream != "meeting:1" {
				tr.Fatalf("event %d is %s version %d", i+1, e.Stream, e.Version)
			}
		}

		if backward := tr.read("meeting:1", store.Range{Backward: true, Limit: 1}); head > 0 && backward[0].Version < head {
			tr.Fatalf("the last event is version %d after the head was %d", backward[0].Version, head)
		}

		last = event.Version(len(events))
	}

	waitForWriter()
}

func sequenceReadsAnew(tr *trial) {
	tr.record(to("meeting:1", facts(2)...))

	read := tr.log.Read(tr.soon(), "meeting:1", store.Range{})
	for n := range 3 {
		events, err := all(read)
		if err != nil || len(events) < 2 {
			tr.Errorf("ranging over the sequence time %d yields %d events, %v", n+1, len(events), err)
		}
	}
}
