package storetest

import (
	"fmt"
	"strings"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

func contentCases() []testCase {
	const kept = "Data is the payload, byte for byte as it was given; empty means absent."

	return []testCase{
		{"json is kept byte for byte", kept, jsonIsKept},
		{"binary data is kept byte for byte", kept, binaryIsKept},
		{"no data is not null", "Empty means absent, which is not the same as the JSON text null.", emptyIsNotNull},
		{"the default content type is not told", `ContentType is the media type of Data; "" means application/json.`, defaultContentType},
		{"other content types are kept", `ContentType is the media type of Data; "" means application/json.`, otherContentTypes},
		{"meta is kept", "Extra is a JSON object with everything else, kept byte for byte.", metaIsKept},
		{"names are kept", "Subject is what it is about within the stream", namesAreKept},
		{"every part of an event is kept together", "It never changes.", everyPartIsKept},
	}
}

// wantKept appends drafts one by one and together, and checks that Read and
// Feed give back what they said.
func (tr *trial) wantKept(drafts ...event.Draft) []event.Event {
	tr.Helper()

	for _, d := range drafts {
		tr.record(to("single:1", d))
	}

	tr.record(to("together:1", drafts...))
	tr.wantRecorded("single:1", drafts...)
	events := tr.wantRecorded("together:1", drafts...)
	tr.wantEvents("the feed", tr.feed(event.Position{}, store.Filter{Categories: []string{"together"}}), events)

	return events
}

func jsonIsKept(tr *trial) {
	var drafts []event.Draft
	for _, data := range []string{
		`null`, `true`, `0`, `-0`, `""`, `[]`, `{}`, `"text"`,
		" {\n\t\"a\" :\r 1 }\n\n",
		`{"a":1,"a":2,"a":3}`,
		`{"":{"":[[],{}]}}`,
		`{"n":12345678901234567890123456789012345678901234567890.000,"m":1E400,"o":-0.0e-0,"p":1.10}`,
		`"<script>&amp;\u003c\/ \u00e9 é \ud83d\ude00 😀 \u0000"`,
		`"\ud800"`,
		"\"\u2028\u2029\ufeff\ufffd\x7f\"",
		`{"z":1,"a":2,"é":3,"\u00e9":4}`,
		`"` + strings.Repeat("0123456789", 5000) + `"`,
		strings.Repeat("[", 1000) + strings.Repeat("]", 1000),
	} {
		drafts = append(drafts, event.Draft{Type: "noted", Data: []byte(data)})
	}

	tr.wantKept(drafts...)
}

func binaryIsKept(tr *trial) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}

	var drafts []event.Draft
	for _, data := range [][]byte{
		{0}, {0, 0, 0}, {'\n'}, []byte("{"), []byte("plain text"), {0xff, 0xfe}, {0xc3}, every, make([]byte, 10_000),
	} {
		drafts = append(drafts, event.Draft{Type: "noted", Data: data, ContentType: "application/octet-stream"})
	}

	tr.wantKept(drafts...)
}

func emptyIsNotNull(tr *trial) {
	events := tr.wantKept(
		event.Draft{Type: "noted"},
		event.Draft{Type: "noted", Data: []byte{}},
		event.Draft{Type: "noted", Data: []byte("null")},
		event.Draft{Type: "noted", Data: []byte(`""`)},
		event.Draft{Type: "noted", ContentType: "text/plain"},
	)
	if len(events[0].Data) != 0 || len(events[1].Data) != 0 || string(events[2].Data) != "null" {
		tr.Errorf("data is %q, %q and %q", events[0].Data, events[1].Data, events[2].Data)
	}

	tr.record(to("meeting:1", event.Draft{Type: "noted", ID: "a"}))
	tr.duplicate("a", "meeting:1", 1, to("meeting:1", event.Draft{Type: "noted", ID: "a", Data: []byte("null")}))
}

func defaultContentType(tr *trial) {
	plain := event.Draft{Type: "noted", ID: "a", Data: []byte("1")}
	stated := plain
	stated.ContentType = "application/json"

	receipt := tr.record(to("meeting:1", stated))
	if got := tr.read("meeting:1", store.Range{})[0].ContentType; got != "" {
		tr.Errorf("content type is %q, want it left out", got)
	}

	tr.repeated(receipt, to("meeting:1", plain))
	tr.repeated(receipt, to("meeting:1", stated))
}

func otherContentTypes(tr *trial) {
	var drafts []event.Draft
	for _, contentType := range []string{
		"text/json", "application/cloudevents+json", "application/json; charset=utf-8", "Application/JSON",
		"text/plain", `text/plain; charset="utf-8"`, "image/png", "application/vnd.x.y-z+xml;q=1",
	} {
		drafts = append(drafts, event.Draft{Type: "noted", Data: []byte("1"), ContentType: contentType})
	}

	tr.wantKept(drafts...)
}

func metaIsKept(tr *trial) {
	var drafts []event.Draft
	for _, meta := range []event.Meta{
		{},
		{Correlation: "c"},
		{Causation: "d"},
		{Correlation: "c", Causation: "c"},
		{Extra: []byte(`{}`)},
		{Extra: []byte("{ \"a\" : 1,\n\"a\":2, \"$command\":{\"name\":\"add\"} }\n")},
		{Correlation: "é\u2028", Causation: strings.Repeat("x", 255), Extra: []byte(`{"long":"` + strings.Repeat("y", 8000) + `"}`)},
	} {
		drafts = append(drafts, event.Draft{Type: "noted", Meta: meta})
	}

	tr.wantKept(drafts...)
}

func namesAreKept(tr *trial) {
	var drafts []event.Draft
	for i, name := range []string{
		"card_added", "Card Added", " ", "a:b:c", "*", "%2F/../\\", `"'<&>`, "é", "e\u0301", "\u2028", "\ufeff", "\U0010ffff", "😀",
		strings.Repeat("é", 64),
	} {
		drafts = append(drafts,
			event.Draft{Type: name},
			event.Draft{Type: "noted", Actor: name},
			event.Draft{Type: "noted", Subject: name},
			event.Draft{Type: name, Actor: fmt.Sprint(i, name), Subject: fmt.Sprint(name, i)},
		)
	}

	tr.wantKept(drafts...)
}

func everyPartIsKept(tr *trial) {
	full := event.Draft{
		Type:        "card_added",
		Data:        []byte(`<card/>`),
		ContentType: "application/xml",
		ID:          "card-1",
		Actor:       "user:7",
		Subject:     "card:1",
		Time:        day(3),
		Meta:        event.Meta{Correlation: "c", Causation: "d", Extra: []byte(`{"e":1}`)},
		Origin:      event.Imported,
		Recorded:    day(4),
	}
	tr.record(to("meeting:1", full))

	before := tr.wantRecorded("meeting:1", full)
	tr.record(to("meeting:1", facts(5)...), to("meeting:2", facts(5)...))
	tr.wantEvents("read later", tr.read("meeting:1", store.Range{Limit: 1}), before)
	tr.wantEvents("read backward", tr.read("meeting:1", store.Range{From: 1, Backward: true}), before)
	tr.wantEvents("feed", tr.feed(event.Position{}, store.Filter{Types: []string{"card_added"}})[:1], before)
}
