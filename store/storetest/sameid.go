package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

func sameIDCases() []testCase {
	return []testCase{
		{
			"the same append 20 times at once is recorded once",
			"ID makes the append idempotent: appending the same ID with the same content again changes nothing.",
			sameAppendAtOnce,
		},
		{
			"the same id for 20 streams at once goes to one",
			"ID names the event for ever. It is unique in its log.",
			sameIDForManyStreams,
		},
		{
			"appends that share an id are not both recorded",
			"If only some are known, or one is known with other content or in another stream, the append fails with a *DuplicateError",
			overlappingIDs,
		},
	}
}

// outcome is what an append returned.
type outcome struct {
	receipt store.Receipt
	err     error
}

// race makes n appends at once.
func (tr *trial) race(n int, batches func(i int) []store.Batch) []outcome {
	var (
		done     sync.WaitGroup
		start    = make(chan struct{})
		outcomes = make([]outcome, n)
	)

	for i := range n {
		done.Go(func() {
			<-start

			outcomes[i].receipt, outcomes[i].err = tr.log.Append(tr.soon(), batches(i)...)
		})
	}

	close(start)
	done.Wait()

	return outcomes
}

func sameAppendAtOnce(tr *trial) {
	for round := range 3 {
		prefix := fmt.Sprintf("round-%d", round)
		batch := expecting(store.Exactly(event.Version(2*round)), "meeting:1", namedFacts(prefix, 2)...)

		isNew := 0
		for i, o := range tr.race(20, func(int) []store.Batch { return []store.Batch{batch} }) {
			if o.err != nil {
				tr.Fatalf("append %d: %v", i, o.err)
			}

			if !o.receipt.Repeated {
				isNew++
			}

			want := store.Recorded{Version: event.Version(2*round) + 2, IDs: []event.ID{batch.Drafts[0].ID, batch.Drafts[1].ID}}
			if got := o.receipt.Batches[0]; got.Version != want.Version || !slices.Equal(got.IDs, want.IDs) {
				tr.Errorf("append %d: receipt %+v, want %+v", i, got, want)
			}

			if end := tr.state().Head; o.receipt.Position != end {
				tr.Errorf("append %d: position %s, want %s", i, o.receipt.Position, end)
			}
		}

		if isNew != 1 {
			tr.Errorf("round %d: %d receipts are new, want 1", round, isNew)
		}

		if got := len(tr.feed(event.Position{}, store.Filter{})); got != 2*(round+1) {
			tr.Fatalf("round %d: the log has %d events, want %d", round, got, 2*(round+1))
		}
	}
}

func sameIDForManyStreams(tr *trial) {
	outcomes := tr.race(20, func(i int) []store.Batch {
		return []store.Batch{to(event.Stream(fmt.Sprintf("meeting:%d", i)), fact(i), named("a", 1))}
	})
	tr.wantOneWinner(outcomes)

	if got := len(tr.feed(event.Position{}, store.Filter{})); got != 2 {
		tr.Errorf("the log has %d events, want 2", got)
	}
}

func overlappingIDs(tr *trial) {
	outcomes := tr.race(20, func(i int) []store.Batch {
		own := event.ID(fmt.Sprintf("own-%d", i))
		if i%2 == 0 {
			return []store.Batch{to("meeting:1", named(own, i), named("shared", 1))}
		}

		return []store.Batch{to("meeting:1", named("shared", 1), named(own, i))}
	})
	tr.wantOneWinner(outcomes)

	if got := len(tr.feed(event.Position{}, store.Filter{})); got != 2 {
		tr.Errorf("the log has %d events, want 2", got)
	}
}

// wantOneWinner checks that one append was recorded, and that all others failed
// because of its IDs.
func (tr *trial) wantOneWinner(outcomes []outcome) {
	tr.Helper()

	won := 0
	for i, o := range outcomes {
		_, lost := errors.AsType[*store.DuplicateError](o.err)

		switch {
		case o.err == nil && !o.receipt.Repeated:
			won++
		case o.err == nil:
			tr.Errorf("append %d counts as repeated, but was given once", i)
		case !lost:
			tr.Errorf("append %d failed with %T, want a *store.DuplicateError: %v", i, o.err, o.err)
		}
	}

	if won != 1 {
		tr.Errorf("%d appends were recorded, want 1", won)
	}
}
