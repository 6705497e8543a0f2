package storetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

func filterCases() []testCase {
	const fields = "An event has to match every field that is set; in a field with several values, one of them."

	return []testCase{
		{"every filter lets through what matches", fields, everyFilter},
		{"a category is not the beginning of another", "The category ends at the first colon.", filteredCategories},
		{"since means recorded", "Since leaves out what was recorded before that time.", sinceMeansRecorded},
		{"a page covers what does not match", "Upto is the position that the page covers, also where the filter let nothing through: the place to go on after.", pageCovers},
	}
}

// colourful appends events of several streams, types and actors.
func (tr *trial) colourful() []event.Event {
	tr.Helper()

	types, actors := []string{"added", "moved", "removed"}, []string{"", "ann", "bob"}
	for n := range 54 {
		tr.record(to(event.Stream(fmt.Sprintf("c%d:%d", n%2, n%4)), event.Draft{Type: types[n%3], Actor: actors[n/3%3]}))
	}

	return tr.feed(event.Position{}, store.Filter{})
}

// passes is the plainest reading of what a filter means. It is not that of
// package store, because a backend uses that one.
func passes(f *store.Filter, e *event.Event) bool {
	category, _, _ := strings.Cut(string(e.Stream), ":")

	switch {
	case len(f.Categories) > 0 && !slices.Contains(f.Categories, category):
		return false
	case len(f.Streams) > 0 && !slices.Contains(f.Streams, e.Stream):
		return false
	case len(f.Types) > 0 && !slices.Contains(f.Types, e.Type):
		return false
	case len(f.Actors) > 0 && !slices.Contains(f.Actors, e.Actor):
		return false
	default:
		return f.Since.IsZero() || !e.Recorded.Before(f.Since)
	}
}

func everyFilter(tr *trial) {
	events := tr.colourful()

	for _, categories := range [][]string{nil, {"c0"}, {"c1", "none"}, {"c0", "c1"}, {"c"}, {}} {
		for _, streams := range [][]event.Stream{nil, {"c0:0"}, {"c1:1", "c0:2", "c9:9"}, {"c0:1"}} {
			for _, types := range [][]string{nil, {"added"}, {"removed", "moved"}, {"add"}} {
				for _, actors := range [][]string{nil, {"ann"}, {"bob", "ann"}, {""}} {
					f := store.Filter{Categories: categories, Streams: streams, Types: types, Actors: actors, PageSize: 20}

					var want []event.Event
					for i := range events {
						if passes(&f, &events[i]) {
							want = append(want, events[i])
						}
					}

					tr.wantEvents(fmt.Sprintf("the feed filtered by %+v", f), tr.feed(event.Position{}, f), want)
				}
			}
		}
	}
}

func filteredCategories(tr *trial) {
	streams := []event.Stream{"a:1", "a:b:1", "ab:1", "aa:1", "$a:1", "A:1", "b:a:1", "á:1"}
	for i, s := range streams {
		tr.record(to(s, fact(i)))
	}

	for category, want := range map[string][]event.Stream{
		"a": {"a:1", "a:b:1"}, "ab": {"ab:1"}, "$a": {"$a:1"}, "á": {"á:1"}, "a:b": nil, "a:": nil, "": nil, "$": nil, "a:1": nil,
	} {
		var got []event.Stream
		for _, e := range tr.feed(event.Position{}, store.Filter{Categories: []string{category}}) {
			got = append(got, e.Stream)
		}

		if fmt.Sprint(got) != fmt.Sprint(want) {
			tr.Errorf("the feed of category %q is %q, want %q", category, got, want)
		}
	}
}

func sinceMeansRecorded(tr *trial) {
	for n := range 10 {
		d := imported(day((n*7)%10 + 1))
		d.Time = day(20 - n)
		tr.record(to(event.Stream(fmt.Sprintf("meeting:%d", n)), d))
	}

	events := tr.feed(event.Position{}, store.Filter{})

	for n := range 12 {
		for _, since := range []time.Time{day(n), day(n).Add(time.Nanosecond), day(n).Add(-time.Nanosecond)} {
			var want []event.Event
			for _, e := range events {
				if !e.Recorded.Before(since) {
					want = append(want, e)
				}
			}

			f := store.Filter{Since: since, PageSize: 3}
			tr.wantPages(tr.pages(event.Position{}, f), event.Position{})
			tr.wantEvents(fmt.Sprintf("the feed since %s", since), tr.feed(event.Position{}, f), want)
		}
	}
}

func pageCovers(tr *trial) {
	events := tr.colourful()
	f := store.Filter{Streams: []event.Stream{events[0].Stream}, Types: []string{events[0].Type}, Actors: []string{events[0].Actor}, PageSize: 5}

	want := tr.feed(event.Position{}, f)
	if len(want) == 0 || len(want) > len(events)/5 {
		tr.Fatalf("the filter lets %d events through, the case needs a few", len(want))
	}

	// Going on after any page continues where it ended.
	var got []event.Event

	pages := tr.pages(event.Position{}, f)
	for i, p := range pages {
		got = append(got, p.Events...)
		tr.wantEvents(fmt.Sprintf("the feed after page %d", i+1), tr.feed(p.Upto, f), want[len(got):])
	}

	tr.wantPages(pages, event.Position{})

	nothing := tr.pages(event.Position{}, store.Filter{Types: []string{"none"}, PageSize: 5})
	tr.wantPages(nothing, event.Position{})
}
