package storetest

import (
	"context"
	"fmt"
	"sync"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

func atomicCases() []testCase {
	return []testCase{
		{
			"a conflict in the last batch undoes all",
			"An append is recorded whole or not at all, at once on all streams that it names, and is on disk before anybody sees it.",
			lastConflictUndoesAll,
		},
		{
			"what was refused may come again",
			"the append fails with a *DuplicateError, without recording anything",
			refusedMayComeAgain,
		},
		{
			"no reader sees a part of an append",
			"An append is recorded whole or not at all, at once on all streams that it names, and is on disk before anybody sees it.",
			noReaderSeesAPart,
		},
		{
			"appends that cross each other both finish",
			"All methods are safe for concurrent use.",
			crossingAppends,
		},
		{
			"appends at once on one stream leave no gap",
			"Every stream counts its events 1, 2, 3 … without gaps",
			appendsAtOnce,
		},
	}
}

func lastConflictUndoesAll(tr *trial) {
	tr.record(to("meeting:0", fact(0)))

	batches := make([]store.Batch, 0, 11)
	for i := range 10 {
		batches = append(batches, to(event.Stream(fmt.Sprintf("meeting:%d", i)), facts(3)...))
	}

	batches = append(batches, expecting(store.Exactly(5), "issue:1", fact(1)))

	tr.conflict(store.ConflictError{Stream: "issue:1", Expected: store.Exactly(5), Actual: 0}, batches...)
	tr.wantStreams("", "", "meeting:0")

	for _, b := range batches[1:] {
		if got := tr.head(b.Stream); got != 0 {
			tr.Errorf("head of %s is %d, want 0", b.Stream, got)
		}

		if got := tr.read(b.Stream, store.Range{}); len(got) > 0 {
			tr.Errorf("stream %s has %d events, want none", b.Stream, len(got))
		}
	}

	if got := tr.feed(event.Position{}, store.Filter{}); len(got) != 1 {
		tr.Errorf("the log has %d events, want 1", len(got))
	}

	batches[10].Expect = store.NoStream()
	if got := tr.record(batches...).Batches[0].Version; got != 4 {
		tr.Errorf("the next append ends at version %d, want 4", got)
	}
}

func refusedMayComeAgain(tr *trial) {
	tr.record(to("meeting:1", named("known", 1)))

	drafts := []event.Draft{named("new-1", 1), named("new-2", 2)}
	tr.conflict(
		store.ConflictError{Stream: "meeting:2", Expected: store.SomeStream(), Actual: 0},
		to("meeting:1", drafts...),
		expecting(store.SomeStream(), "meeting:2"),
	)
	tr.refused(fault.CodeConflict, to("meeting:2", drafts[0], named("known", 1)))
	tr.refused(fault.CodeInvalid, to("meeting:2", drafts[0], event.Draft{Type: "bad", Data: []byte("{")}))

	if receipt := tr.record(to("meeting:3", drafts...)); receipt.Repeated {
		tr.Error("ids of refused appends count as recorded")
	}

	tr.wantRecorded("meeting:3", drafts...)
}

// noReaderSeesAPart has a reader look at a stream that only ever grows by three
// events at once, together with another.
func noReaderSeesAPart(tr *trial) {
	const appends, parts = 50, 3

	wait := tr.beside(func(ctx context.Context) {
		seen := event.Version(0)
		for seen < appends*parts && !tr.Failed() {
			head, err := tr.log.Head(ctx, "meeting:1")
			other, errOther := tr.log.Head(ctx, "meeting:2")
			if err != nil || errOther != nil {
				tr.Errorf("head: %v, %v", err, errOther)
				return
			}

			if head%parts != 0 || head < seen || other < head {
				tr.Errorf("heads are %d and then %d, after %d", head, other, seen)
				return
			}

			events, err := all(tr.log.Read(ctx, "meeting:1", store.Range{}))
			if got := event.Version(len(events)); err != nil || got < head {
				tr.Errorf("Read yields %d events (%v), the head was %d", got, err, head)
				return
			}

			seen = head
		}
	})

	for range appends {
		tr.record(to("meeting:1", facts(parts)...), to("meeting:2", facts(parts)...))
	}

	wait()
}

func crossingAppends(tr *trial) {
	const appenders, appends = 8, 12

	streams := []event.Stream{"meeting:a", "meeting:b", "meeting:c"}

	var done sync.WaitGroup
	for i := range appenders {
		done.Go(func() {
			for n := range appends {
				x, y := streams[(i+n)%3], streams[(i+n+1+i%2)%3]
				if _, err := tr.log.Append(tr.soon(), to(x, fact(i)), to(y, fact(n))); err != nil {
					tr.Errorf("appender %d: %v", i, err)
					return
				}
			}
		})
	}

	done.Wait()

	total := event.Version(0)
	for _, s := range streams {
		total += tr.head(s)
	}

	if want := event.Version(2 * appenders * appends); total != want {
		tr.Errorf("the streams have %d events together, want %d", total, want)
	}
}

func appendsAtOnce(tr *trial) {
	const appenders, appends = 8, 12

	var (
		done     sync.WaitGroup
		mu       sync.Mutex
		receipts = make(map[event.ID]event.Version)
	)

	for range appenders {
		done.Go(func() {
			for n := range appends {
				receipt, err := tr.log.Append(tr.soon(), to("meeting:1", fact(n)))
				if err != nil {
					tr.Errorf("append: %v", err)
					return
				}

				mu.Lock()
				receipts[receipt.Batches[0].IDs[0]] = receipt.Batches[0].Version
				mu.Unlock()
			}
		})
	}

	done.Wait()

	events := tr.read("meeting:1", store.Range{})
	if len(events) != appenders*appends || len(receipts) != len(events) {
		tr.Fatalf("%d appends, %d receipts, %d events", appenders*appends, len(receipts), len(events))
	}

	for i, e := range events {
		if e.Version != event.Version(i)+1 || receipts[e.ID] != e.Version {
			tr.Errorf("event %d has version %d, its receipt says %d", i+1, e.Version, receipts[e.ID])
		}
	}
}
