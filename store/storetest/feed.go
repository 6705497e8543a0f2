package storetest

import (
	"bytes"
	"fmt"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

func feedCases() []testCase {
	const (
		order = "Feed yields pages of the events after a position, in the order in which they were recorded, without gap or repeat, filtered."
		live  = "The first page that reaches the end of the log has Live set; without Follow it is the last."
		upto  = "Every page's Upto is greater than that of the page before, except that the first page may be empty and have the position asked for."
	)

	return []testCase{
		{"after every position", order, afterEveryPosition},
		{"an empty log is live at once", live, emptyLogIsLive},
		{"at its end the feed is live at once", upto, endIsLive},
		{"pages have at most the size asked for", "PageSize is how many events a page covers at most.", pageSizes},
		{"pages have a default size", "DefaultPageSize is the number of events that a page of the feed has at most, unless the filter says otherwise.", defaultPageSize},
		{"pages end at about 1 MiB", "A page also ends at about 1 MiB.", pageBytes},
		{"a position beyond the end is gone", "A position beyond the end of the log fails with fault.CodeGone.", beyondTheEnd},
		{"a consumer may append between pages", "It holds no lock and no resource between pages, so the consumer may take its time, and delays nobody.", appendBetweenPages},
	}
}

// fill appends to several streams, and returns all events of the log.
func (tr *trial) fill(appends int) []event.Event {
	tr.Helper()

	for n := range appends {
		tr.record(to(event.Stream(fmt.Sprintf("meeting:%d", n%3)), facts(n%4+1)...), to("issue:1", fact(n)))
	}

	return tr.feed(event.Position{}, store.Filter{})
}

// wantPages checks what is true of the pages of every feed that nobody writes to
// meanwhile.
func (tr *trial) wantPages(pages []store.Page, after event.Position) {
	tr.Helper()

	end := tr.state().Head
	last := after

	for i, p := range pages {
		if order := p.Upto.Compare(last); order < 0 || order == 0 && (i > 0 || len(p.Events) > 0) {
			tr.Errorf("page %d ends at %s, the page before at %s", i+1, p.Upto, last)
		}

		for _, e := range p.Events {
			if e.Position.Compare(last) <= 0 || e.Position.Compare(p.Upto) > 0 {
				tr.Errorf("page %d from %s to %s has an event at %s", i+1, last, p.Upto, e.Position)
			}
		}

		if isLast := i == len(pages)-1; p.Live != isLast || isLast != (p.Upto == end) {
			tr.Errorf("page %d of %d ends at %s with Live %t; the log ends at %s", i+1, len(pages), p.Upto, p.Live, end)
		}

		last = p.Upto
	}
}

func afterEveryPosition(tr *trial) {
	events := tr.fill(12)
	for _, size := range []int{0, 1, 3, 7} {
		for i := range len(events) + 1 {
			var after event.Position
			if i > 0 {
				after = events[i-1].Position
			}

			tr.wantPages(tr.pages(after, store.Filter{PageSize: size}), after)
			tr.wantEvents(fmt.Sprintf("the feed after %s", after), tr.feed(after, store.Filter{PageSize: size}), events[i:])
		}
	}

	for _, stream := range []event.Stream{"meeting:0", "meeting:1", "meeting:2", "issue:1"} {
		tr.wantEvents(string(stream), tr.feed(event.Position{}, store.Filter{Streams: []event.Stream{stream}}), tr.read(stream, store.Range{}))
	}
}

func emptyLogIsLive(tr *trial) {
	pages := tr.pages(event.Position{}, store.Filter{})
	if len(pages) != 1 || !pages[0].Live || !pages[0].Upto.IsZero() || len(pages[0].Events) > 0 {
		tr.Errorf("the feed of an empty log has pages %+v, want an empty one that is live", pages)
	}
}

func endIsLive(tr *trial) {
	tr.fill(3)

	end := tr.state().Head
	for _, f := range []store.Filter{{}, {PageSize: 1}, {Types: []string{"none"}}} {
		pages := tr.pages(end, f)
		if len(pages) != 1 || !pages[0].Live || pages[0].Upto != end || len(pages[0].Events) > 0 {
			tr.Errorf("the feed after the end has pages %+v, want an empty one that is live", pages)
		}
	}
}

func pageSizes(tr *trial) {
	events := tr.fill(10)
	for size := 1; size <= len(events)+1; size++ {
		for _, f := range []store.Filter{{PageSize: size}, {PageSize: size, Categories: []string{"issue"}}, {PageSize: size, Types: []string{"none"}}} {
			pages := tr.pages(event.Position{}, f)
			tr.wantPages(pages, event.Position{})

			from := 0
			for i, p := range pages {
				covered := 0
				for from < len(events) && events[from].Position.Compare(p.Upto) <= 0 {
					from++
					covered++
				}

				if covered > size {
					tr.Errorf("page %d of size %d covers %d events", i+1, size, covered)
				}
			}
		}
	}
}

func defaultPageSize(tr *trial) {
	tr.record(to("meeting:1", facts(store.DefaultPageSize)...))
	tr.record(to("meeting:1", fact(1)))

	pages := tr.pages(event.Position{}, store.Filter{})
	tr.wantPages(pages, event.Position{})

	for i, p := range pages {
		if len(p.Events) > store.DefaultPageSize {
			tr.Errorf("page %d has %d events, want at most %d", i+1, len(p.Events), store.DefaultPageSize)
		}
	}
}

func pageBytes(tr *trial) {
	const size, count = 64 << 10, 40

	for n := range 4 {
		drafts := make([]event.Draft, count/4)
		for i := range drafts {
			drafts[i] = event.Draft{Type: "noted", Data: bytes.Repeat([]byte{byte(n)}, size), ContentType: "application/octet-stream"}
		}

		tr.record(to("meeting:1", drafts...))
	}

	pages := tr.pages(event.Position{}, store.Filter{})
	tr.wantPages(pages, event.Position{})

	events := 0
	for i, p := range pages {
		events += len(p.Events)
		if got := len(p.Events) * size; got > 3<<19 {
			tr.Errorf("page %d has %d bytes of data, want about 1 MiB at most", i+1, got)
		}
	}

	if events != count {
		tr.Errorf("the pages have %d events, want %d", events, count)
	}
}

func beyondTheEnd(tr *trial) {
	tr.fill(2)

	other := tr.another()
	other.fill(3)

	for _, f := range []store.Filter{{}, {Follow: true}, {Types: []string{"none"}}} {
		_, err := first(tr.log.Feed(tr.soon(), other.state().Head, f))
		if fault.Of(err) != fault.CodeGone {
			tr.Errorf("the feed after a position of a longer log: %v, want %s", err, fault.CodeGone)
		}
	}
}

func appendBetweenPages(tr *trial) {
	const rounds = 30

	tr.record(to("meeting:1", fact(0)))

	var last event.Position

	rest := rounds
	for page, err := range tr.watch(tr.soon(), event.Position{}, store.Filter{PageSize: 1, Follow: true}) {
		if err != nil {
			tr.Fatalf("feed: %v", err)
		}

		if len(page.Events) != 1 || !page.Live || page.Upto.Compare(last) <= 0 {
			tr.Fatalf("got page %+v, want the one event after %s, live", page, last)
		}

		if last = page.Upto; rest == 0 {
			break
		}

		rest--
		tr.record(to("meeting:1", fact(rest)))
	}
}
