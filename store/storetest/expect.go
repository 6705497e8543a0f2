package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

func expectationCases() []testCase {
	return []testCase{
		{
			"each expectation holds where it should",
			"Then the batches are checked one after another, each against what those before it leave behind",
			eachExpectation,
		},
		{
			"the first failure is reported",
			"its expectation, where the first that does not hold fails the append with a *ConflictError",
			firstConflictIsReported,
		},
		{
			"batches for the same stream see each other",
			"each against what those before it leave behind",
			batchesSeeEachOther,
		},
		{
			"an append may only check",
			"None makes the batch a pure check.",
			pureCheckAlone,
		},
		{
			"a check guards what is written elsewhere",
			"None makes the batch a pure check.",
			pureCheckGuards,
		},
		{
			"of 20 at once one wins",
			"An append is recorded whole or not at all, at once on all streams that it names, and is on disk before anybody sees it.",
			oneOfManyWins,
		},
	}
}

// conflict appends what has to fail with a conflict, and checks the error.
func (tr *trial) conflict(want store.ConflictError, batches ...store.Batch) {
	tr.Helper()

	err := tr.failure(fault.CodeConflict, batches...)

	got, ok := errors.AsType[*store.ConflictError](err)
	if !ok {
		tr.Fatalf("append failed with %T, want a *store.ConflictError: %v", err, err)
	}

	if *got != want {
		tr.Errorf("conflict: got %+v, want %+v", *got, want)
	}

	if !strings.Contains(err.Error(), string(want.Stream)) {
		tr.Errorf("conflict %q does not name the stream %s", err, want.Stream)
	}
}

func eachExpectation(tr *trial) {
	for _, actual := range []event.Version{0, 1, 3} {
		for i, e := range []struct {
			expect store.Expectation
			holds  bool
		}{
			{store.Expectation{}, true},
			{store.Anything(), true},
			{store.NoStream(), actual == 0},
			{store.Exactly(0), actual == 0},
			{store.SomeStream(), actual > 0},
			{store.Exactly(1), actual == 1},
			{store.Exactly(2), false},
			{store.Exactly(3), actual == 3},
			{store.Exactly(1 << 63), false},
		} {
			stream := event.Stream(fmt.Sprintf("meeting:%d-%d", actual, i))
			if actual > 0 {
				tr.record(to(stream, facts(int(actual))...))
			}

			for _, drafts := range [][]event.Draft{nil, facts(2)} {
				if batch := expecting(e.expect, stream, drafts...); e.holds {
					tr.record(batch)
				} else {
					tr.conflict(store.ConflictError{Stream: stream, Expected: e.expect, Actual: actual}, batch)
				}
			}

			want := actual
			if e.holds {
				want += 2
			}

			if got := tr.head(stream); got != want {
				tr.Errorf("stream at %d, expecting %s: head is %d, want %d", actual, e.expect, got, want)
			}
		}
	}
}

func firstConflictIsReported(tr *trial) {
	tr.record(to("meeting:1", facts(2)...))

	tr.conflict(
		store.ConflictError{Stream: "meeting:1", Expected: store.Exactly(1), Actual: 2},
		to("meeting:0", fact(0)),
		expecting(store.Exactly(1), "meeting:1", fact(1)),
		expecting(store.SomeStream(), "meeting:2", fact(2)),
	)
	tr.conflict(
		store.ConflictError{Stream: "meeting:2", Expected: store.SomeStream(), Actual: 0},
		to("meeting:0", fact(0)),
		expecting(store.SomeStream(), "meeting:2", fact(2)),
		expecting(store.Exactly(1), "meeting:1", fact(1)),
	)
}

func batchesSeeEachOther(tr *trial) {
	tr.record(
		expecting(store.NoStream(), "meeting:1", facts(2)...),
		expecting(store.Exactly(2), "meeting:1", facts(3)...),
		expecting(store.SomeStream(), "meeting:1"),
		expecting(store.Exactly(5), "meeting:1", fact(6)),
		expecting(store.Exactly(6), "meeting:1"),
	)
	tr.conflict(
		store.ConflictError{Stream: "meeting:1", Expected: store.Exactly(6), Actual: 7},
		expecting(store.Exactly(6), "meeting:1", fact(7)),
		expecting(store.Exactly(6), "meeting:1", fact(8)),
	)
	tr.conflict(
		store.ConflictError{Stream: "meeting:2", Expected: store.NoStream(), Actual: 1},
		expecting(store.NoStream(), "meeting:2", fact(1)),
		expecting(store.NoStream(), "meeting:2"),
	)

	if got := tr.head("meeting:1"); got != 6 {
		tr.Errorf("head is %d, want 6", got)
	}
}

func pureCheckAlone(tr *trial) {
	for _, batch := range []store.Batch{
		to("meeting:1"),
		expecting(store.NoStream(), "meeting:1"),
	} {
		if receipt := tr.record(batch); receipt.Repeated || !receipt.Position.IsZero() || receipt.Batches[0].Version != 0 {
			tr.Errorf("a check on an empty log returned %+v", receipt)
		}
	}

	tr.wantStreams("", "")

	tr.record(to("meeting:1", facts(3)...))
	end := tr.record(to("meeting:2", fact(1))).Position

	receipt := tr.record(expecting(store.Exactly(3), "meeting:1"), expecting(store.NoStream(), "meeting:3"))
	if receipt.Position != end || receipt.Repeated || receipt.Batches[0].Version != 3 || receipt.Batches[1].Version != 0 {
		tr.Errorf("a check returned %+v, want position %s and versions 3 and 0", receipt, end)
	}

	tr.conflict(store.ConflictError{Stream: "meeting:1", Expected: store.Exactly(2), Actual: 3}, expecting(store.Exactly(2), "meeting:1"))
	tr.wantStreams("", "", "meeting:1", "meeting:2")

	if got := tr.state().Head; got != end {
		tr.Errorf("checks moved the end of the log from %s to %s", end, got)
	}
}

func pureCheckGuards(tr *trial) {
	tr.record(to("account:1", fact(1)))
	tr.record(expecting(store.Exactly(1), "account:1"), expecting(store.NoStream(), "email:a", fact(1)))
	tr.conflict(
		store.ConflictError{Stream: "account:1", Expected: store.Exactly(2), Actual: 1},
		expecting(store.NoStream(), "email:b", fact(1)),
		expecting(store.Exactly(2), "account:1"),
	)
	tr.wantStreams("email", "", "email:a")
}

func oneOfManyWins(tr *trial) {
	const appenders, rounds = 20, 3

	for round := range event.Version(rounds) {
		var (
			done sync.WaitGroup
			errs [appenders]error
		)

		for i := range appenders {
			done.Go(func() {
				own := event.Stream(fmt.Sprintf("own:%d-%d", round, i))
				_, errs[i] = tr.log.Append(tr.soon(), to(own, fact(i)), expecting(store.Exactly(round), "meeting:1", fact(i)), to(own, fact(i)))
			})
		}

		done.Wait()

		var winners []event.Stream
		for i, err := range errs {
			if c, lost := errors.AsType[*store.ConflictError](err); lost {
				if *c != (store.ConflictError{Stream: "meeting:1", Expected: store.Exactly(round), Actual: round + 1}) {
					tr.Errorf("round %d: appender %d lost with %+v", round, i, *c)
				}

				continue
			}

			if err != nil {
				tr.Errorf("round %d: appender %d: %v", round, i, err)
			}

			winners = append(winners, event.Stream(fmt.Sprintf("own:%d-%d", round, i)))
		}

		if len(winners) != 1 {
			tr.Fatalf("round %d: %d appenders won, want 1", round, len(winners))
		}

		tr.wantStreams("own", event.Stream(fmt.Sprintf("own:%d-", round)), winners...)

		if got := len(tr.feed(event.Position{}, store.Filter{})); got != 3*int(round+1) {
			tr.Fatalf("round %d: the log has %d events, want %d", round, got, 3*(round+1))
		}
	}
}
