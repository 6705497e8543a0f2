package storetest

import (
	"slices"
	"strings"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

func hostileCases() []testCase {
	const wrong = "Wrong input fails with fault.CodeInvalid"

	return []testCase{
		{"wrong names of streams are refused", wrong, wrongStreams},
		{"wrong drafts are refused", wrong, wrongDrafts},
		{"wrong data is refused", wrong, wrongData},
		{"an append needs a batch", wrong, noBatch},
		{"an id may stand once in an append", wrong, sameIDTwice},
		{"strange names of streams are streams", `Stream names an ordered sequence of events: "category:id"`, strangeStreams},
		{"streams whose names begin alike do not mix", "Read yields the events of one stream", namesThatBeginAlike},
		{"a name that no stream can have fails", "a name that no stream can have fails, here and in Head, as it does in Append.", impossibleNames},
	}
}

// wrongNames are names that no part of an event may have.
func wrongNames() []string {
	return []string{
		"a\x00b", "a\nb", "\tab", "ab\r", "a\x1fb", "a\x7fb", "a\u0080b", "a\u0085b", "a\u009fb",
		"a\xffb", "\xc3", "a\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf",
	}
}

func wrongStreams(tr *trial) {
	names := []string{"", ":", "meeting", "meeting:", ":42", "meeting:*", "::", "*", "$", "$:", ":*"}
	for _, name := range wrongNames() {
		names = append(names, "meeting:"+name, name+":1")
	}

	for _, name := range names {
		tr.refused(fault.CodeInvalid, to(event.Stream(name), fact(1)))
		tr.refused(fault.CodeInvalid, to(event.Stream(name)))
		tr.refused(fault.CodeInvalid, to("meeting:1", fact(1)), to(event.Stream(name), fact(1)))
	}

	tr.wantStreams("", "")
}

func wrongDrafts(tr *trial) {
	tr.refused(fault.CodeInvalid, to("meeting:1", event.Draft{}))

	for _, name := range wrongNames() {
		for _, d := range []event.Draft{
			{Type: name},
			{Type: "noted", ID: event.ID(name)},
			{Type: "noted", Actor: name},
			{Type: "noted", Subject: name},
			{Type: "noted", ContentType: "text/" + name},
			{Type: "noted", Meta: event.Meta{Correlation: name}},
			{Type: "noted", Meta: event.Meta{Causation: name}},
		} {
			tr.refused(fault.CodeInvalid, to("meeting:1", d))
		}
	}

	for _, extra := range []string{"{", "[]", "null", "1", `"a"`, `{"a":1}}`, "{\"a\":\"\xff\"}", "{a:1}"} {
		tr.refused(fault.CodeInvalid, to("meeting:1", event.Draft{Type: "noted", Meta: event.Meta{Extra: []byte(extra)}}))
	}
}

func wrongData(tr *trial) {
	for _, data := range []string{
		" ", "{", "}", "[1,]", "{'a':1}", "nul", "NaN", "01", "1.", "+1", `"`, "\"a\nb\"", `"\x"`, "1 2", "\ufeff1", "\"\xff\"", "\x00",
		strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), strings.Repeat(`{"a":`, 100_000),
	} {
		tr.refused(fault.CodeInvalid, to("meeting:1", event.Draft{Type: "noted", Data: []byte(data)}))
		tr.refused(fault.CodeInvalid, to("meeting:1", event.Draft{Type: "noted", Data: []byte(data), ContentType: "application/cloudevents+json"}))
	}

	for _, contentType := range []string{"json", "/", "text/", "text/plain; charset", " ", "a b/c", "text/plain;;;="} {
		tr.refused(fault.CodeInvalid, to("meeting:1", event.Draft{Type: "noted", Data: []byte("1"), ContentType: contentType}))
	}
}

func noBatch(tr *trial) {
	tr.refused(fault.CodeInvalid)
	tr.record(to("meeting:1"))
}

func sameIDTwice(tr *trial) {
	tr.wantWords(tr.refused(fault.CodeInvalid, to("meeting:1", named("a", 1), named("a", 1))), "draft 2", "a")
	tr.refused(fault.CodeInvalid, to("meeting:1", named("a", 1)), to("meeting:2", fact(1), named("a", 1)))
	tr.record(to("meeting:1", named("a", 1)))
	tr.refused(fault.CodeInvalid, to("meeting:1", named("a", 1), named("a", 1)))
}

// strangeNames are names that streams may have, in the order of their bytes.
func strangeNames() []event.Stream {
	names := []event.Stream{
		" : ", `"':"'`, "$:$", "$:1", "$system:1", "%2F:%3A", "*:1", "-:-", "../..:../..", "0:0", "A:1",
		"a::", "a:1", "a:1 ", "a:1/2", "a:1:2", "a:1\\", "a:\ufeff", "a:\ufffd", "a:\U0010ffff", "a b:c d", "aa:1", "ab:1",
		"é:1", "e\u0301:1", "é:é", "\u2028:\u2028", "😀:😀", "\U0010ffff:\U0010ffff", "meeting:**", "meeting:%", "meeting:_", "meeting:~",
	}
	slices.Sort(names)

	return names
}

func strangeStreams(tr *trial) {
	names := strangeNames()
	for _, n := range mixed(len(names)) {
		tr.record(to(names[n], named(event.ID(names[n]), n)))
	}

	tr.wantStreams("", "", names...)

	for i, name := range names {
		tr.wantRecorded(name, named(event.ID(name), i))
		tr.wantStreams("", name, names[i+1:]...)

		if got := tr.feed(event.Position{}, store.Filter{Streams: []event.Stream{name}}); len(got) != 1 || got[0].Stream != name {
			tr.Errorf("the feed of stream %q has %d events, want 1", name, len(got))
		}
	}
}

func namesThatBeginAlike(tr *trial) {
	names := []event.Stream{"a:1", "a:10", "a:1:2", "a:1/", "a:1 ", "a:11", "aa:1", "a:a:1", "a:\u0161", "a:1é"}
	for i, name := range names {
		tr.record(to(name, facts(i+1)...))
	}

	for i, name := range names {
		tr.wantRecorded(name, facts(i+1)...)

		backward := tr.read(name, store.Range{Backward: true, From: 1 << 40})
		if len(backward) != i+1 || backward[0].Stream != name {
			tr.Errorf("stream %q backward has %d events, want %d", name, len(backward), i+1)
		}
	}
}

func impossibleNames(tr *trial) {
	tr.record(to("meeting:1", fact(1)))

	names := append(wrongNames(), "", ":", "meeting", "meeting:", "meeting:*", "*", ":1", strings.Repeat("x", 100_000))
	for _, name := range names {
		tr.wantImpossible(name)
		tr.wantImpossible("meeting:1\x00" + name)
	}

	tr.wantImpossible("meeting:" + strings.Repeat("x", 248))
}

// wantImpossible asks for a stream that cannot be. Whether a list or a filter
// may name it is not said: an answer with nothing in it is right, and so is a
// complaint about the name.
func (tr *trial) wantImpossible(name string) {
	tr.Helper()

	ctx, stream := tr.soon(), event.Stream(name)
	code := fault.Of(event.Limits{}.CheckStream(stream))

	if version, err := tr.log.Head(ctx, stream); version != 0 || fault.Of(err) != code {
		tr.Errorf("Head of %.50q: %d and error %v, want %s", name, version, err, code)
	}

	for _, r := range []store.Range{{}, {Backward: true}} {
		if events, err := all(tr.log.Read(ctx, stream, r)); len(events) > 0 || fault.Of(err) != code {
			tr.Errorf("Read of %.50q: %d events and error %v, want %s", name, len(events), err, code)
		}
	}

	names, errStreams := all(tr.log.Streams(ctx, "x"+name, stream))
	pages, errFeed := all(tr.log.Feed(ctx, event.Position{}, store.Filter{Streams: []event.Stream{stream}}))

	for _, p := range pages {
		if len(names)+len(p.Events) > 0 {
			tr.Errorf("%.50q: streams %q, events %v, want nothing", name, names, p.Events)
		}
	}

	for what, err := range map[string]error{"Streams": errStreams, "Feed": errFeed} {
		if got := fault.Of(err); got != "" && got != code {
			tr.Errorf("%s of %.50q: error %v, want %s or none", what, name, err, code)
		}
	}
}
