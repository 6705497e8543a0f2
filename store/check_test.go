package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// drafts returns n drafts.
func drafts(n int) []event.Draft {
	all := make([]event.Draft, n)
	for i := range all {
		all[i].Type = "noted"
	}

	return all
}

func TestLimitsCheck(t *testing.T) {
	t.Parallel()

	good := store.Batch{Stream: "meeting:1", Drafts: drafts(1)}
	bad := event.Draft{Type: "noted", Data: []byte("{")}
	named := event.Draft{Type: "noted", ID: "a"}

	for _, c := range []struct {
		name    string
		batches []store.Batch
		want    string // "" means that it is right
		code    fault.Code
	}{
		{"one", []store.Batch{good}, "", ""},
		{"a check", []store.Batch{{Stream: "meeting:1"}}, "", ""},
		{"none", nil, "the append has no batch: name at least one stream", fault.CodeInvalid},
		{"alone, without a place", []store.Batch{{Stream: "x", Drafts: drafts(1)}}, `stream "x" has no category: name it category:id, such as meeting:x`, fault.CodeInvalid},
		{"stream of the second", []store.Batch{good, {Stream: "meeting:"}}, `batch 2: stream "meeting:" has an empty id: name it category:id, such as meeting:42`, fault.CodeInvalid},
		{
			"draft of one batch",
			[]store.Batch{{Stream: "meeting:1", Drafts: append(drafts(1), bad)}},
			`draft 2: data "{" is not JSON (byte 1: unexpected end of JSON input): quote text ("…"), or state another content type`, fault.CodeInvalid,
		},
		{
			"draft of several",
			[]store.Batch{good, {Stream: "meeting:2", Drafts: append(drafts(2), event.Draft{})}},
			"batch 2: draft 3: type is empty: give it a name", fault.CodeInvalid,
		},
		{"only draft of several", []store.Batch{good, {Stream: "meeting:2", Drafts: []event.Draft{{}}}}, "batch 2: type is empty: give it a name", fault.CodeInvalid},
		{"1,000 events", []store.Batch{{Stream: "meeting:1", Drafts: drafts(999)}, good}, "", ""},
		{"1,001 events", []store.Batch{{Stream: "meeting:1", Drafts: drafts(1000)}, good}, "the append has 1001 events, the limit is 1000: split it", fault.CodeTooLarge},
		{
			"an id twice",
			[]store.Batch{{Stream: "meeting:1", Drafts: []event.Draft{named, {Type: "noted"}, named}}},
			"draft 3: id a stands twice in one append: give every event its own", fault.CodeInvalid,
		},
		{
			"an id in two batches",
			[]store.Batch{{Stream: "meeting:1", Drafts: []event.Draft{named}}, {Stream: "meeting:1", Drafts: []event.Draft{named}}},
			"batch 2: id a stands twice in one append: give every event its own", fault.CodeInvalid,
		},
		{
			"too long a type",
			[]store.Batch{{Stream: "meeting:1", Drafts: []event.Draft{{Type: strings.Repeat("x", 129)}}}},
			"type has 129 bytes, the limit is 128: shorten it", fault.CodeTooLarge,
		},
	} {
		err := store.Limits{}.Check(c.batches)
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%s: got error %v, want %q", c.name, err, c.want)
		}

		if got := fault.Of(err); got != c.code {
			t.Errorf("%s: got code %q, want %q", c.name, got, c.code)
		}
	}
}

func TestLimitsMayBeSet(t *testing.T) {
	t.Parallel()

	l := store.Limits{Event: event.Limits{Data: 4}, Events: 2, Bytes: 7}
	one := event.Draft{Type: "noted", Data: []byte("1234")}
	less := event.Draft{Type: "noted", Data: []byte("1"), Meta: event.Meta{Correlation: "ab"}}
	more := event.Draft{Type: "noted", Data: []byte("12"), Meta: event.Meta{Correlation: "ab"}}

	for _, c := range []struct {
		drafts []event.Draft
		want   string
	}{
		{[]event.Draft{one, less}, ""},
		{[]event.Draft{one, more}, "the append has 8 bytes of data, the limit is 7: split it"},
		{drafts(3), "the append has 3 events, the limit is 2: split it"},
		{[]event.Draft{{Type: "noted", Data: []byte("12345")}}, "data has 5 bytes, the limit is 4: store it elsewhere and record where"},
	} {
		err := l.Check([]store.Batch{{Stream: "meeting:1", Drafts: c.drafts}})
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want || fault.Of(err) != fault.CodeTooLarge) {
			t.Errorf("got error %v, want %q", err, c.want)
		}
	}
}

func TestSameContent(t *testing.T) {
	t.Parallel()

	e := event.Event{Type: "noted", Data: []byte("1"), Subject: "s", Actor: "a", ID: "x"}

	for _, c := range []struct {
		draft event.Draft
		want  bool
	}{
		{event.Draft{Type: "noted", Data: []byte("1"), Subject: "s"}, true},
		{event.Draft{Type: "noted", Data: []byte("1"), Subject: "s", Actor: "b", ID: "y", Time: time.Unix(1, 0), ContentType: "application/json"}, true},
		{event.Draft{Type: "moved", Data: []byte("1"), Subject: "s"}, false},
		{event.Draft{Type: "noted", Data: []byte("2"), Subject: "s"}, false},
		{event.Draft{Type: "noted", Data: []byte("1")}, false},
		{event.Draft{Type: "noted1", Subject: "s"}, false},
	} {
		if got := store.SameContent(&e, &c.draft); got != c.want {
			t.Errorf("%+v: got %t, want %t", c.draft, got, c.want)
		}
	}

	if !store.SameContent(&event.Event{Type: "noted"}, &event.Draft{Type: "noted", Data: []byte{}}) {
		t.Error("no data and empty data differ")
	}
}

func TestFilterMatches(t *testing.T) {
	t.Parallel()

	e := event.Event{Stream: "meeting:1", Type: "noted", Actor: "ann", Recorded: time.Unix(100, 0)}

	for _, c := range []struct {
		filter store.Filter
		want   bool
	}{
		{store.Filter{}, true},
		{store.Filter{Categories: []string{"issue", "meeting"}}, true},
		{store.Filter{Categories: []string{"meet"}}, false},
		{store.Filter{Streams: []event.Stream{"meeting:1"}}, true},
		{store.Filter{Streams: []event.Stream{"meeting:11"}}, false},
		{store.Filter{Types: []string{"noted"}, Actors: []string{"ann", "bob"}}, true},
		{store.Filter{Types: []string{"noted"}, Actors: []string{"bob"}}, false},
		{store.Filter{Types: []string{"moved"}, Actors: []string{"ann"}}, false},
		{store.Filter{Since: time.Unix(100, 0)}, true},
		{store.Filter{Since: time.Unix(100, 1)}, false},
		{store.Filter{Follow: true, PageSize: 7}, true},
	} {
		if got := c.filter.Matches(&e); got != c.want {
			t.Errorf("%+v: got %t, want %t", c.filter, got, c.want)
		}

		set := len(c.filter.Categories)+len(c.filter.Streams)+len(c.filter.Types)+len(c.filter.Actors) > 0 || !c.filter.Since.IsZero()
		if got := c.filter.IsAll(); got == set {
			t.Errorf("%+v lets all through: got %t, want %t", c.filter, got, !set)
		}
	}
}
