package storetest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

func findCases() []testCase {
	const (
		where   = "Find returns where the event with an ID stands, whether a caller gave the ID or the log made it."
		sees    = "It sees every event that was recorded before the call."
		nothing = "An ID that no event has fails with fault.CodeNotFound"
	)

	return []testCase{
		{"ids that callers gave", where, findGiven},
		{"ids that the log made", where, findMade},
		{"the parts of an append", where, findParts},
		{"ids that no event has", nothing, findNothing},
		{"ids of appends that failed", nothing, findRefused},
		{"what cannot be an id", "what cannot be an ID fails as it does in Append.", findNoIDs},
		{"beside appenders", sees, findBesideAppenders},
		{"before the answer", "When it returns nil, the events survive a power cut and every reader sees them; until then nobody does.", findEarly},
	}
}

// wantPlaces checks that events are found where they stand.
func (tr *trial) wantPlaces(events []event.Event) {
	tr.Helper()

	for i := range events {
		e := &events[i]

		got, err := tr.log.Find(tr.soon(), e.ID)
		if want := (store.Place{Stream: e.Stream, Version: e.Version, Position: e.Position}); err != nil || got != want {
			tr.Fatalf("find %q: got %+v (%v), want %+v", e.ID, got, err, want)
		}
	}
}

// wantNowhere checks that IDs are not found.
func (tr *trial) wantNowhere(ids ...event.ID) {
	tr.Helper()

	for _, id := range ids {
		if got, err := tr.log.Find(tr.soon(), id); fault.Of(err) != fault.CodeNotFound || got != (store.Place{}) {
			tr.Fatalf("find %q: got %+v (%v), want %s", id, got, err, fault.CodeNotFound)
		}
	}
}

func findGiven(tr *trial) {
	tr.wantNowhere(shapes()...)

	for n, id := range shapes() {
		tr.record(to(event.Stream(fmt.Sprintf("meeting:%d", n%3)), named(id, n), fact(n)))
	}

	for n := range 3 {
		tr.wantPlaces(tr.read(event.Stream(fmt.Sprintf("meeting:%d", n)), store.Range{}))
	}

	if got := tr.feed(event.Position{}, store.Filter{}); len(got) != 2*len(shapes()) {
		tr.Fatalf("the log has %d events, want %d", len(got), 2*len(shapes()))
	}
}

func findMade(tr *trial) {
	receipt := tr.record(to("meeting:1", facts(1000)...))
	tr.record(to("meeting:2", fact(1)))

	events := tr.feed(event.Position{}, store.Filter{})
	for i, id := range receipt.Batches[0].IDs {
		if events[i].ID != id {
			tr.Fatalf("event %d has id %q, the receipt says %q", i+1, events[i].ID, id)
		}
	}

	tr.wantPlaces(events)
}

func findParts(tr *trial) {
	receipt := tr.record(
		to("meeting:1", named("a", 1), fact(2)),
		to("meeting:2", fact(1), named("b", 2)),
		to("meeting:1", named("c", 3)),
	)

	for _, want := range []struct {
		id      event.ID
		stream  event.Stream
		version event.Version
	}{
		{"a", "meeting:1", 1},
		{receipt.Batches[0].IDs[1], "meeting:1", 2},
		{receipt.Batches[1].IDs[0], "meeting:2", 1},
		{"b", "meeting:2", 2},
		{"c", "meeting:1", 3},
	} {
		got, err := tr.log.Find(tr.soon(), want.id)
		if err != nil || got.Stream != want.stream || got.Version != want.version {
			tr.Errorf("find %q: got %+v (%v), want %s version %d", want.id, got, err, want.stream, want.version)
		}
	}

	if got, err := tr.log.Find(tr.soon(), "c"); err != nil || got.Position != receipt.Position {
		tr.Errorf("find the last event: got %+v (%v), want position %s", got, err, receipt.Position)
	}
}

// findNothing looks for IDs that are almost those of events.
func findNothing(tr *trial) {
	tr.wantNowhere("a", event.NewID())

	made := tr.record(to("meeting:1", append(facts(300), named("order-a", 1))...)).Batches[0].IDs[0]

	near := []event.ID{
		"order", "order-", "order-A", "order-b", "order-a ", "order-aa", strings128("order-a"),
		"meeting:1", "card_added", event.NewID(), event.ID(strings.ToUpper(string(made))), made[1:], made + "0",
	}
	for i := range len(made) {
		for _, digit := range "01789f" {
			changed := event.ID(fmt.Sprintf("%s%c%s", made[:i], digit, made[i+1:]))
			if made[i] != '-' && changed != made {
				near = append(near, changed)
			}
		}
	}

	tr.wantNowhere(near...)
}

func findRefused(tr *trial) {
	tr.record(to("meeting:1", named("known", 1)))

	tr.refused(fault.CodeConflict, expecting(store.NoStream(), "meeting:1", named("late", 1)))
	tr.refused(fault.CodeConflict, to("meeting:2", named("new", 1)), expecting(store.SomeStream(), "meeting:3"))
	tr.refused(fault.CodeConflict, to("meeting:1", named("known", 1), named("beside", 2)))
	tr.refused(fault.CodeConflict, to("meeting:2", named("known", 1)))
	tr.wantNowhere("late", "new", "beside")
	tr.wantPlaces(tr.read("meeting:1", store.Range{}))
}

func findNoIDs(tr *trial) {
	tr.record(to("meeting:1", fact(1)))

	for id, code := range map[event.ID]fault.Code{
		"":                                  fault.CodeInvalid,
		"a\x00b":                            fault.CodeInvalid,
		"two\nlines":                        fault.CodeInvalid,
		"\xff":                              fault.CodeInvalid,
		event.ID(strings.Repeat("x", 129)):  fault.CodeTooLarge,
		event.ID(strings.Repeat("é", 1000)): fault.CodeTooLarge,
	} {
		_, err := tr.log.Find(tr.soon(), id)
		if fault.Of(err) != code || !strings.HasPrefix(err.Error(), "id ") {
			tr.Errorf("find %.20q: error %v, want %s that begins with the id", id, err, code)
		}
	}
}

// findBesideAppenders looks for what was recorded a moment ago, while others
// append.
func findBesideAppenders(tr *trial) {
	const appenders, appends = 8, 50

	var done sync.WaitGroup
	for a := range appenders {
		done.Go(func() {
			stream := event.Stream(fmt.Sprintf("meeting:%d", a%3))
			for n := range appends {
				given := event.ID(fmt.Sprintf("id-%d-%d", a, n))

				receipt, err := tr.log.Append(tr.soon(), to(stream, fact(n), named(given, n)))
				if err != nil {
					tr.Errorf("append: %v", err)
					return
				}

				for i, id := range []event.ID{receipt.Batches[0].IDs[0], given} {
					got, err := tr.log.Find(tr.soon(), id)
					if want := receipt.Batches[0].Version - event.Version(1-i); err != nil || got.Stream != stream || got.Version != want {
						tr.Errorf("find %q after its append: got %+v (%v), want %s version %d", id, got, err, stream, want)
						return
					}
				}
			}
		})
	}

	done.Wait()
	tr.wantPlaces(tr.feed(event.Position{}, store.Filter{}))
}

// findEarly looks for an ID from before its append on: what is found is there
// for every reader.
func findEarly(tr *trial) {
	const appends = 200

	var appending atomic.Int64

	id := func(n int64) event.ID { return event.ID(fmt.Sprintf("id-%d", n)) }
	wait := tr.beside(func(ctx context.Context) {
		for {
			n := appending.Load()
			if n == appends {
				return
			}

			got, err := tr.log.Find(ctx, id(n))
			if fault.Of(err) == fault.CodeNotFound {
				continue
			}

			head, headErr := tr.log.Head(ctx, "meeting:1")
			state, stateErr := tr.log.State(ctx)

			if err != nil || headErr != nil || stateErr != nil || head < got.Version || state.Head.Compare(got.Position) < 0 {
				tr.Errorf("found %q at %+v (%v), but the stream ends at %d (%v) and the log at %s (%v)", id(n), got, err, head, headErr, state.Head, stateErr)
				return
			}
		}
	})

	for n := range int64(appends) {
		appending.Store(n)
		tr.record(to("meeting:1", named(id(n), int(n))))
	}

	appending.Store(appends)
	wait()
	tr.wantPlaces(tr.read("meeting:1", store.Range{}))
}
