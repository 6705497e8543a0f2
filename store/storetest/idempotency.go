package storetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

func idempotencyCases() []testCase {
	const (
		repeats    = "nothing is recorded, and the receipt is that of the first time, with Repeated set."
		duplicates = "If only some are known, or one is known with other content or in another stream, the append fails with a *DuplicateError, without recording anything."
		before     = "IDs are looked at before expectations."
		content    = "with the same content (type, data, subject)"
	)

	return []testCase{
		{"a retry that expects version 3 succeeds again", repeats, retryWithExpectation},
		{"a retry of several batches returns their receipt", repeats, retryOfSeveral},
		{"known ids in new company repeat", "If every draft of the append has an ID that its stream knows", knownInNewCompany},
		{"the log's own ids repeat, too", repeats, retryOfMadeIDs},
		{"an id with other content is refused", duplicates, otherContentIsRefused},
		{"only type, data and subject are content", content, restIsNoContent},
		{"an id of another stream is refused", duplicates, otherStreamIsRefused},
		{"an append known in part is refused", duplicates, partlyKnownIsRefused},
		{"ids come before expectations", before, idsBeforeExpectations},
		{"ids come before the order of recorded times", before, idsBeforeTimes},
		{"thousands of ids are remembered", "The log remembers IDs for ever.", idsAreRemembered},
	}
}

// repeated appends what was appended before, and checks that nothing happens.
func (tr *trial) repeated(want store.Receipt, batches ...store.Batch) {
	tr.Helper()

	before := tr.state().Head
	got := tr.record(batches...)

	if !got.Repeated {
		tr.Errorf("the retry has a receipt without Repeated: %+v", got)
	}

	if got.Position != want.Position {
		tr.Errorf("the retry has position %s, the first time it was %s", got.Position, want.Position)
	}

	for i := range batches {
		g, w := got.Batches[i], want.Batches[i]
		if len(batches[i].Drafts) > 0 && (g.Version != w.Version || !slices.Equal(g.IDs, w.IDs)) {
			tr.Errorf("batch %d of the retry has receipt %+v, the first time it was %+v", i+1, g, w)
		}
	}

	if after := tr.state().Head; after != before {
		tr.Errorf("the retry moved the end of the log from %s to %s", before, after)
	}
}

// duplicate appends what has to fail because an ID is known, and checks the
// error: id stands in stream at version.
func (tr *trial) duplicate(id event.ID, stream event.Stream, version event.Version, batches ...store.Batch) {
	tr.Helper()

	err := tr.failure(fault.CodeConflict, batches...)

	got, ok := errors.AsType[*store.DuplicateError](err)
	if !ok {
		tr.Fatalf("append failed with %T, want a *store.DuplicateError: %v", err, err)
	}

	if got.ID != id || got.Stream != stream || got.Version != version {
		tr.Errorf("duplicate: got id %q in %s at %d, want %q in %s at %d", got.ID, got.Stream, got.Version, id, stream, version)
	}

	if got.Reason == "" {
		tr.Errorf("duplicate %q gives no reason", err)
	}
}

func retryWithExpectation(tr *trial) {
	tr.record(to("meeting:1", facts(3)...))

	batch := expecting(store.Exactly(3), "meeting:1", named("a", 4), named("b", 5))
	receipt := tr.record(batch)

	tr.repeated(receipt, batch)
	tr.record(to("meeting:1", facts(10)...))
	tr.repeated(receipt, batch)

	batch.Expect = store.NoStream()
	tr.repeated(receipt, batch)

	if got := tr.head("meeting:1"); got != 15 {
		tr.Errorf("head is %d, want 15", got)
	}
}

func retryOfSeveral(tr *trial) {
	batches := []store.Batch{
		expecting(store.NoStream(), "meeting:1", namedFacts("a", 3)...),
		expecting(store.NoStream(), "meeting:2", namedFacts("b", 2)...),
		expecting(store.Exactly(3), "meeting:1", namedFacts("c", 1)...),
		expecting(store.Exactly(4), "meeting:1"),
		expecting(store.NoStream(), "meeting:3"),
	}
	receipt := tr.record(batches...)

	tr.repeated(receipt, batches...)
	tr.record(to("meeting:3", fact(1)), to("meeting:1", fact(1)))
	tr.repeated(receipt, batches...)
}

func knownInNewCompany(tr *trial) {
	first := tr.record(to("meeting:1", namedFacts("a", 3)...))
	second := tr.record(to("meeting:2", namedFacts("b", 2)...))

	tr.repeated(
		store.Receipt{Position: second.Position, Batches: []store.Recorded{first.Batches[0], second.Batches[0]}},
		to("meeting:1", namedFacts("a", 3)...),
		to("meeting:2", namedFacts("b", 2)...),
	)

	middle := tr.read("meeting:1", store.Range{From: 2, Limit: 1})[0]
	tr.repeated(
		store.Receipt{Position: middle.Position, Batches: []store.Recorded{{Version: 2, IDs: []event.ID{"a-2"}}}},
		to("meeting:1", named("a-2", 2)),
	)
}

func retryOfMadeIDs(tr *trial) {
	drafts := facts(3)
	receipt := tr.record(to("meeting:1", drafts...), to("meeting:2", fact(1)))

	for i, id := range receipt.Batches[0].IDs {
		drafts[i].ID = id
	}

	other := named(receipt.Batches[1].IDs[0], 1)
	tr.repeated(receipt, to("meeting:1", drafts...), to("meeting:2", other))
	tr.duplicate(other.ID, "meeting:2", 1, to("meeting:1", other))
	tr.duplicate(drafts[1].ID, "meeting:1", 2, to("meeting:1", named(drafts[1].ID, 77)))
	tr.duplicate(drafts[2].ID, "meeting:1", 3, to("meeting:1", drafts[2], fact(4)))
}

func otherContentIsRefused(tr *trial) {
	original := event.Draft{Type: "card_added", ID: "a", Data: []byte(`{"n":1}`), Subject: "card:1"}
	tr.record(to("meeting:1", fact(1), original))

	for _, change := range []func(*event.Draft){
		func(d *event.Draft) { d.Type = "card_moved" },
		func(d *event.Draft) { d.Type = "card_adde" },
		func(d *event.Draft) { d.Data = []byte(`{"n":2}`) },
		func(d *event.Draft) { d.Data = []byte(`{"n": 1}`) },
		func(d *event.Draft) { d.Data = nil },
		func(d *event.Draft) { d.Subject = "card:2" },
		func(d *event.Draft) { d.Subject = "" },
		// The same bytes in a row, divided otherwise.
		func(d *event.Draft) { d.Type, d.Subject = "card_addedcard:", "1" },
	} {
		changed := original
		change(&changed)
		tr.duplicate("a", "meeting:1", 2, to("meeting:1", changed))
	}

	pair := namedFacts("p", 2)
	tr.record(to("meeting:2", pair...))

	swapped := []event.Draft{named("p-1", 2), named("p-2", 1)}
	tr.duplicate("p-2", "meeting:2", 2, to("meeting:2", pair[0], swapped[1]))
	tr.refused(fault.CodeConflict, to("meeting:2", swapped...))
}

func restIsNoContent(tr *trial) {
	original := event.Draft{Type: "card_added", ID: "a", Data: []byte(`{"n":1}`), Subject: "card:1", Actor: "ann"}
	receipt := tr.record(to("meeting:1", original))

	changed := original
	changed.Actor = "bob"
	changed.Time = time.Date(2020, time.May, 4, 12, 0, 0, 0, time.UTC)
	changed.Meta = event.Meta{Correlation: "c", Causation: "d", Extra: []byte(`{"x":1}`)}
	changed.Origin = event.Imported
	changed.ContentType = "application/json"

	tr.repeated(receipt, to("meeting:1", changed))
	tr.wantRecorded("meeting:1", original)
}

func otherStreamIsRefused(tr *trial) {
	tr.record(to("meeting:1", fact(1), named("a", 2)))

	tr.duplicate("a", "meeting:1", 2, to("meeting:2", named("a", 2)))
	tr.duplicate("a", "meeting:1", 2, to("meeting:3", fact(1)), to("meeting:2", named("a", 2)))
	tr.wantStreams("", "", "meeting:1")
}

func partlyKnownIsRefused(tr *trial) {
	tr.record(to("meeting:1", named("a", 1)))

	for _, batches := range [][]store.Batch{
		{to("meeting:1", named("a", 1), named("new", 2))},
		{to("meeting:1", named("new", 2), named("a", 1))},
		{to("meeting:1", named("a", 1), fact(2))},
		{to("meeting:1", fact(2), named("a", 1))},
		{to("meeting:1", named("a", 1)), to("meeting:2", named("new", 2))},
		{to("meeting:2", fact(2)), to("meeting:1", named("a", 1))},
	} {
		tr.duplicate("a", "meeting:1", 1, batches...)
	}

	tr.wantStreams("", "", "meeting:1")

	if receipt := tr.record(to("meeting:1", named("new", 2), fact(3))); receipt.Repeated || receipt.Batches[0].Version != 3 {
		tr.Errorf("drafts with and without ids: got %+v, want version 3", receipt)
	}
}

func idsBeforeExpectations(tr *trial) {
	tr.record(to("meeting:1", named("a", 1)))

	tr.duplicate("a", "meeting:1", 1, expecting(store.Exactly(9), "meeting:1", named("a", 2)))
	tr.duplicate("a", "meeting:1", 1, expecting(store.Exactly(9), "meeting:2", fact(1)), to("meeting:2", named("a", 1)))
	tr.conflict(
		store.ConflictError{Stream: "meeting:1", Expected: store.Exactly(9), Actual: 1},
		expecting(store.Exactly(9), "meeting:1", named("b", 1)),
	)
}

func idsBeforeTimes(tr *trial) {
	at := time.Date(2020, time.May, 4, 12, 0, 0, 0, time.UTC)
	old := event.Draft{Type: "card_added", ID: "old", Origin: event.Imported, Recorded: at}
	young := event.Draft{Type: "card_added", ID: "young", Origin: event.Imported, Recorded: at.Add(time.Hour)}

	first := tr.record(to("meeting:1", old))
	tr.record(to("meeting:1", young))
	tr.repeated(first, to("meeting:1", old))
}

func idsAreRemembered(tr *trial) {
	const appends, size = 5, 1000

	var receipts []store.Receipt
	for n := range appends {
		receipts = append(receipts, tr.record(to(event.Stream(fmt.Sprintf("meeting:%d", n%2)), namedFacts(fmt.Sprintf("id-%d", n), size)...)))
	}

	for n := range appends {
		tr.repeated(receipts[n], to(event.Stream(fmt.Sprintf("meeting:%d", n%2)), namedFacts(fmt.Sprintf("id-%d", n), size)...))
	}
}
