package storetest

import (
	"bytes"
	"fmt"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

func loadCases() []testCase {
	return []testCase{
		{"10,000 streams", "in the order of their bytes.", manyStreams},
		{"a stream of 100,000 events", "Every stream counts its events 1, 2, 3 … without gaps", longStream},
		{"events of 1 MiB", "Data is the largest payload. Defaults to 1 MiB.", largeEvents},
	}
}

func manyStreams(tr *trial) {
	const streams, size = 10_000, 1000

	name := func(n int) event.Stream { return event.Stream(fmt.Sprintf("meeting:%05d", n)) }

	// Not in the order of their names: 7 and 10,000 have no common factor.
	batches := make([]store.Batch, size)
	for from := 0; from < streams; from += size {
		for i := range batches {
			n := (from + i) * 7 % streams
			batches[i] = expecting(store.NoStream(), name(n), fact(n))
		}

		tr.record(batches...)
	}

	tr.record(to("issue:1", fact(1)), to("meetings:1", fact(1)))

	seen := 0

	for after := event.Stream(""); ; {
		page := 0
		for s, err := range tr.log.Streams(tr.soon(), "meeting", after) {
			if err != nil || s != name(seen) {
				tr.Fatalf("stream %d is %s, want %s: %v", seen+1, s, name(seen), err)
			}

			after = s
			seen++

			if page++; page == 700 {
				break
			}
		}

		if page < 700 {
			break
		}
	}

	if seen != streams {
		tr.Errorf("Streams yields %d names, want %d", seen, streams)
	}

	for n := 0; n < streams; n += 97 {
		tr.wantRecorded(name(n), fact(n))
	}
}

func longStream(tr *trial) {
	const events, size = 100_000, 1000

	drafts := make([]event.Draft, size)
	for from := event.Version(0); from < events; from += size {
		for i := range drafts {
			drafts[i] = fact(int(from) + i + 1)
		}

		tr.record(expecting(store.Exactly(from), "meeting:1", drafts...))
	}

	var last event.Version
	for e, err := range tr.log.Read(tr.soon(), "meeting:1", store.Range{}) {
		if err != nil {
			tr.Fatalf("read: %v", err)
		}

		if last++; e.Version != last || !bytes.Equal(e.Data, fact(int(last)).Data) {
			tr.Fatalf("event %d is version %d with data %s", last, e.Version, e.Data)
		}
	}

	if last != events {
		tr.Fatalf("the stream has %d events, want %d", last, events)
	}

	tr.wantPartsOfLongStream(events)

	seen := 0
	for p, err := range tr.watch(tr.soon(), event.Position{}, store.Filter{PageSize: 3000}) {
		if err != nil {
			tr.Fatalf("feed: %v", err)
		}

		for i := range p.Events {
			if seen++; p.Events[i].Version != event.Version(seen) {
				tr.Fatalf("event %d of the feed is version %d", seen, p.Events[i].Version)
			}
		}
	}

	if seen != events {
		tr.Errorf("the feed has %d events, want %d", seen, events)
	}
}

// wantPartsOfLongStream reads a few events here and there.
func (tr *trial) wantPartsOfLongStream(events event.Version) {
	tr.Helper()

	for from := event.Version(1); from <= events; from += 9_973 {
		for _, backward := range []bool{false, true} {
			got := tr.read("meeting:1", store.Range{From: from, Limit: 3, Backward: backward})
			if len(got) == 0 || got[0].Version != from {
				tr.Errorf("Read from %d, backward %t, yields %d events", from, backward, len(got))
			}
		}
	}

	if last := tr.read("meeting:1", store.Range{Backward: true, Limit: 1}); last[0].Version != events {
		tr.Errorf("the last event is version %d, want %d", last[0].Version, events)
	}
}

func largeEvents(tr *trial) {
	const size, count = 1 << 20, 6

	drafts := make([]event.Draft, count)
	for i := range drafts {
		drafts[i] = event.Draft{Type: "noted", ID: event.ID(fmt.Sprint("id-", i)), Data: fmt.Appendf(nil, "%q", bytes.Repeat([]byte{'a' + byte(i)}, size-2))}
	}

	receipt := tr.record(to("meeting:1", drafts[:3]...))
	for _, d := range drafts[3:] {
		tr.record(to("meeting:1", d))
	}

	tr.wantRecorded("meeting:1", drafts...)
	tr.repeated(receipt, to("meeting:1", drafts[:3]...))
	drafts[2].Data[size/2]++
	tr.duplicate("id-2", "meeting:1", 3, to("meeting:1", drafts[:3]...))

	pages := tr.pages(event.Position{}, store.Filter{})
	tr.wantPages(pages, event.Position{})

	for i, p := range pages {
		if len(p.Events) > 2 {
			tr.Errorf("page %d has %d events of 1 MiB", i+1, len(p.Events))
		}
	}

	tr.record(to("end:1", event.Draft{Type: lastWord}))

	seen := tr.follow(tr.soon(), event.Position{}, store.Filter{}, func(event.Position) {})
	tr.wantFollowed("a follower", seen, event.Position{}, store.Filter{})
}
