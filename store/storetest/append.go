package storetest

import (
	"slices"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

func appendCases() []testCase {
	return []testCase{
		{
			"versions have no gap",
			"Every stream counts its events 1, 2, 3 … without gaps",
			versionsHaveNoGap,
		},
		{
			"positions follow the order of commits",
			"the feed shows the events of all streams in the order in which they were recorded",
			positionsFollowCommits,
		},
		{
			"the receipt says where the events are",
			"Batches has an entry for every batch of the append, in the same order.",
			receiptSaysWhere,
		},
		{
			"the log makes the ids that are missing",
			"Defaults to a UUIDv7 made by the log.",
			logMakesIDs,
		},
		{
			"every reader sees at once what was appended",
			"When it returns nil, the events survive a power cut and every reader sees them",
			everyReaderSees,
		},
		{
			"the memory of drafts is the caller's",
			"The caller may reuse the drafts' memory as soon as Append returned.",
			draftsAreTheCallers,
		},
		{
			"a draft without an id is a new event each time",
			"Defaults to a UUIDv7 made by the log.",
			draftsAreNotChanged,
		},
		{
			"batches are recorded in the order given",
			"Append records all batches or none, in the order given.",
			batchesKeepTheirOrder,
		},
	}
}

func versionsHaveNoGap(tr *trial) {
	const a, b = "meeting:a", "meeting:b"

	var inA, inB []event.Draft
	for n := range 4 {
		tr.record(to(a, facts(n+1)...))
		tr.record(to(b, fact(n)))
		inA, inB = append(inA, facts(n+1)...), append(inB, fact(n))

		if got, want := tr.head(a), event.Version(len(inA)); got != want {
			tr.Errorf("head of %s after append %d: got %d, want %d", a, n+1, got, want)
		}
	}

	tr.wantRecorded(a, inA...)
	tr.wantRecorded(b, inB...)
}

func positionsFollowCommits(tr *trial) {
	streams := []event.Stream{"meeting:1", "issue:1", "meeting:2"}

	var last event.Position
	for n := range 9 {
		receipt := tr.record(to(streams[n%3], facts(n%3+1)...))
		if receipt.Position.Compare(last) <= 0 {
			tr.Errorf("append %d: position %s does not lie after %s", n+1, receipt.Position, last)
		}

		last = receipt.Position
	}

	events := tr.feed(event.Position{}, store.Filter{})
	if len(events) != 18 {
		tr.Fatalf("the feed has %d events, want 18", len(events))
	}

	at := 0
	for n := range 9 {
		for i := range n%3 + 1 {
			e := &events[at]
			if e.Stream != streams[n%3] || departure(e, &facts(3)[i]) != "" {
				tr.Errorf("event %d of the feed is %s version %d %s, want event %d of append %d", at+1, e.Stream, e.Version, e.Data, i+1, n+1)
			}

			if at > 0 && e.Position.Compare(events[at-1].Position) <= 0 {
				tr.Errorf("event %d of the feed: position %s does not lie after %s", at+1, e.Position, events[at-1].Position)
			}

			at++
		}
	}
}

func receiptSaysWhere(tr *trial) {
	tr.record(to("meeting:1", facts(3)...))

	receipt := tr.record(
		to("meeting:1", named("a", 1), fact(2)),
		to("meeting:2", fact(3)),
		to("meeting:1", named("b", 4)),
		expecting(store.Exactly(1), "meeting:2"),
	)

	versions := make([]event.Version, 0, len(receipt.Batches))
	for _, b := range receipt.Batches {
		versions = append(versions, b.Version)
	}

	if want := []event.Version{5, 1, 6, 1}; !slices.Equal(versions, want) {
		tr.Errorf("versions of the receipt: got %v, want %v", versions, want)
	}

	if receipt.Repeated {
		tr.Error("the receipt of a new append has Repeated set")
	}

	one, two := tr.read("meeting:1", store.Range{From: 4}), tr.read("meeting:2", store.Range{})
	for i, want := range [][]event.ID{{"a", one[1].ID}, {two[0].ID}, {"b"}, {}} {
		if got := receipt.Batches[i].IDs; !slices.Equal(got, want) {
			tr.Errorf("ids of batch %d: got %q, want %q", i+1, got, want)
		}
	}

	if last := one[2].Position; receipt.Position != last {
		tr.Errorf("position of the receipt: got %s, want that of the last event, %s", receipt.Position, last)
	}
}

func logMakesIDs(tr *trial) {
	seen := make(map[event.ID]bool)
	for _, b := range tr.record(to("meeting:1", facts(50)...), to("meeting:2", facts(50)...)).Batches {
		for _, id := range b.IDs {
			if u, ok := id.UUID(); !ok || u[6]>>4 != 7 || u[8]>>6 != 2 {
				tr.Errorf("id %q is no UUIDv7", id)
			}

			if seen[id] {
				tr.Errorf("id %q was given twice", id)
			}

			seen[id] = true
		}
	}

	for _, e := range tr.feed(event.Position{}, store.Filter{}) {
		if !seen[e.ID] {
			tr.Errorf("event at %s has id %q, which is in no receipt", e.Position, e.ID)
		}
	}
}

func everyReaderSees(tr *trial) {
	for n := range 20 {
		receipt := tr.record(to("meeting:1", fact(n)))
		version := receipt.Batches[0].Version

		if got := tr.head("meeting:1"); got != version {
			tr.Errorf("append %d: head is %d, want %d", n+1, got, version)
		}

		if got := tr.state().Head; got != receipt.Position {
			tr.Errorf("append %d: the log ends at %s, want %s", n+1, got, receipt.Position)
		}

		if got := len(tr.read("meeting:1", store.Range{From: version})); got != 1 {
			tr.Errorf("append %d: Read from version %d yields %d events, want 1", n+1, version, got)
		}

		if got := len(tr.feed(event.Position{}, store.Filter{})); got != n+1 {
			tr.Errorf("append %d: the feed has %d events, want %d", n+1, got, n+1)
		}

		tr.wantStreams("meeting", "", "meeting:1")
	}
}

func draftsAreTheCallers(tr *trial) {
	data, extra := []byte(`{"title":"Coffee"}`), []byte(`{"reason":"typo"}`)
	drafts := []event.Draft{{Type: "card_added", ID: "a", Data: data, Meta: event.Meta{Extra: extra}}}
	batches := []store.Batch{to("meeting:1", drafts...)}

	receipt := tr.record(batches...)
	clear(data)
	clear(extra)
	clear(drafts)
	clear(batches)
	clear(receipt.Batches[0].IDs)

	want := event.Draft{Type: "card_added", ID: "a", Data: []byte(`{"title":"Coffee"}`), Meta: event.Meta{Extra: []byte(`{"reason":"typo"}`)}}
	tr.wantRecorded("meeting:1", want)

	if again := tr.record(to("meeting:1", want)); !again.Repeated || again.Batches[0].IDs[0] != "a" {
		tr.Errorf("the retry of what was overwritten meanwhile returned %+v, want it to be repeated", again)
	}
}

func draftsAreNotChanged(tr *trial) {
	drafts := []event.Draft{{Type: "card_added", ContentType: "application/json", Data: []byte("1")}, fact(2)}
	for range 3 {
		tr.record(to("meeting:1", drafts...))
	}

	if d := &drafts[0]; d.ID != "" || d.ContentType != "application/json" || !d.Time.IsZero() || !d.Recorded.IsZero() {
		tr.Errorf("the caller's draft became %+v", d)
	}

	events := tr.wantRecorded("meeting:1", drafts[0], drafts[1], drafts[0], drafts[1], drafts[0], drafts[1])
	for i := range events[1:] {
		if events[i].ID == events[i+1].ID {
			tr.Errorf("two events have the id %s", events[i].ID)
		}
	}
}

func batchesKeepTheirOrder(tr *trial) {
	streams := []event.Stream{"meeting:c", "meeting:a", "issue:x", "meeting:b", "meeting:a", "zone:1", "$system:1"}

	batches := make([]store.Batch, 0, len(streams))
	for i, s := range streams {
		batches = append(batches, to(s, fact(i)))
	}

	tr.record(batches...)

	for i, e := range tr.feed(event.Position{}, store.Filter{}) {
		if d := fact(i); e.Stream != streams[i] || departure(&e, &d) != "" {
			tr.Errorf("event %d of the feed is %s %s, want %s", i+1, e.Stream, e.Data, streams[i])
		}
	}
}
