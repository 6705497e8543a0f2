package storetest

import (
	"fmt"
	"math"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

func extremeCases() []testCase {
	return []testCase{
		{"ranges may be absurd", "Read yields the events of one stream, in the order of versions or backward.", absurdRanges},
		{"pages may be absurd", "PageSize is how many events a page covers at most.", absurdPages},
		{"positions may be absurd", "A position beyond the end of the log fails with fault.CodeGone.", absurdPositions},
		{"an append may have 1,000 batches", "Batch is the part of an append that goes to one stream.", manyBatches},
		{"an append may have thousands of checks", "None makes the batch a pure check.", manyChecks},
		{"batches of one stream may alternate with others", "Several batches of an append may name the same stream.", alternatingBatches},
	}
}

func absurdRanges(tr *trial) {
	tr.record(to("meeting:1", facts(5)...))

	const most = event.Version(math.MaxUint64)

	for _, c := range []struct {
		r    store.Range
		want int
	}{
		{store.Range{From: most}, 0},
		{store.Range{From: most, Limit: math.MaxInt}, 0},
		{store.Range{From: most - 1, Limit: 10}, 0},
		{store.Range{From: 1 << 63, Backward: true}, 5},
		{store.Range{From: most, Backward: true, Limit: math.MaxInt}, 5},
		{store.Range{Limit: math.MaxInt}, 5},
		{store.Range{Backward: true, Limit: math.MaxInt}, 5},
		{store.Range{From: 2, Limit: math.MaxInt}, 4},
		{store.Range{Until: time.Unix(math.MaxInt32, 0).AddDate(7000, 0, 0)}, 5},
		{store.Range{Until: time.Date(-5000, 1, 1, 0, 0, 0, 0, time.UTC)}, 0},
		{store.Range{Until: time.Date(-5000, 1, 1, 0, 0, 0, 0, time.UTC), Backward: true}, 0},
	} {
		if got := len(tr.read("meeting:1", c.r)); got != c.want {
			tr.Errorf("Read %+v yields %d events, want %d", c.r, got, c.want)
		}

		if got := len(tr.read("meeting:2", c.r)); got != 0 {
			tr.Errorf("Read %+v of no stream yields %d events", c.r, got)
		}
	}
}

func absurdPages(tr *trial) {
	tr.record(to("meeting:1", facts(5)...))

	for _, size := range []int{math.MaxInt, math.MaxInt - 1, 1 << 40, 1, -1, math.MinInt} {
		if got := len(tr.feed(event.Position{}, store.Filter{PageSize: size})); got != 5 {
			tr.Errorf("the feed with page size %d has %d events, want 5", size, got)
		}
	}

	for _, since := range []time.Time{time.Date(-5000, 1, 1, 0, 0, 0, 0, time.UTC), time.UnixMilli(1)} {
		if got := len(tr.feed(event.Position{}, store.Filter{Since: since})); got != 5 {
			tr.Errorf("the feed since %s has %d events, want 5", since, got)
		}
	}

	if got := len(tr.feed(event.Position{}, store.Filter{Since: time.Date(20_000, 1, 1, 0, 0, 0, 0, time.UTC)})); got != 0 {
		tr.Errorf("the feed since the year 20000 has %d events, want none", got)
	}
}

func absurdPositions(tr *trial) {
	for range 2 {
		end := tr.state().Head
		for _, after := range []event.Position{
			event.PositionAt(math.MaxUint64),
			event.PositionAt(math.MaxInt64),
			event.PositionAt(math.MaxInt64 + 1),
			event.PositionAt(9_999_999_999_999_999),
			event.PositionAt(end.Number() + 1),
		} {
			for _, follow := range []bool{false, true} {
				page, err := first(tr.log.Feed(tr.soon(), after, store.Filter{Follow: follow}))
				if fault.Of(err) != fault.CodeGone {
					tr.Errorf("the feed after %s, beyond the end %s, yields %+v and error %v, want %s", after, end, page, err, fault.CodeGone)
				}
			}
		}

		tr.record(to("meeting:1", facts(3)...))
	}
}

func manyBatches(tr *trial) {
	batches := make([]store.Batch, 1000)
	for i := range batches {
		batches[i] = expecting(store.NoStream(), event.Stream(fmt.Sprintf("meeting:%d", i)), fact(i))
	}

	receipt := tr.record(batches...)
	if end := tr.state().Head; receipt.Position != end {
		tr.Errorf("receipt has position %s, want %s", receipt.Position, end)
	}

	if got := len(tr.streams("meeting", "")); got != len(batches) {
		tr.Errorf("the append made %d streams, want %d", got, len(batches))
	}

	batches[999].Expect = store.Exactly(2)
	tr.conflict(store.ConflictError{Stream: "meeting:0", Expected: store.NoStream(), Actual: 1}, batches...)
}

func manyChecks(tr *trial) {
	checks := make([]store.Batch, 5000, 5001)
	for i := range checks {
		checks[i] = expecting(store.NoStream(), event.Stream(fmt.Sprintf("meeting:%d", i%3000)))
	}

	tr.record(append(checks, to("meeting:0", fact(1)))...)
	tr.conflict(store.ConflictError{Stream: "meeting:0", Expected: store.NoStream(), Actual: 1}, checks...)
	tr.wantStreams("", "", "meeting:0")
}

func alternatingBatches(tr *trial) {
	const count = 200

	batches := make([]store.Batch, count)
	for i := range batches {
		stream := event.Stream(fmt.Sprintf("meeting:%d", i%2))
		batches[i] = expecting(store.Exactly(event.Version(i/2)), stream, fact(i/2+1))
	}

	for i, b := range tr.record(batches...).Batches {
		if want := event.Version(i/2 + 1); b.Version != want {
			tr.Errorf("batch %d has version %d, want %d", i+1, b.Version, want)
		}
	}

	tr.wantRecorded("meeting:0", facts(count/2)...)
	tr.wantRecorded("meeting:1", facts(count/2)...)
}
