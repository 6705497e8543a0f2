package wire_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/wire"
)

// TestAppends shows what the payloads of $append become: the events that
// clients get, and what is expected.
func TestAppends(t *testing.T) {
	t.Parallel()

	var out []byte
	for _, payload := range linesOf(t, "appends.ndjson") {
		a, err := wire.ParseAppend(payload)
		if err != nil {
			t.Fatalf("%s: %v", payload, err)
		}

		events := make([]json.RawMessage, len(a.Drafts))
		for i := range a.Drafts {
			e := eventOf(&a.Drafts[i])
			events[i] = wire.AppendTopicEvent(nil, &e)
		}

		line, err := json.Marshal(map[string]any{"events": events, "expect": a.Expect, "within": a.Within.String()})
		if err != nil {
			t.Fatal(err)
		}

		out = append(append(out, line...), '\n')
	}

	golden(t, "appends.golden.ndjson", out)
}

func TestAppendData(t *testing.T) {
	t.Parallel()

	a, err := wire.ParseAppend([]byte(`{"events":[{"type":"a"},{"type":"b","data":null},{"type":"c","data": { "x" : 1 } ,"meta": { "y" : 2 } }]}`))
	if err != nil {
		t.Fatal(err)
	}

	for i, want := range []event.Draft{
		{Type: "a"},
		{Type: "b", Data: []byte("null")},
		{Type: "c", Data: []byte(`{ "x" : 1 }`), Meta: event.Meta{Extra: json.RawMessage(`{ "y" : 2 }`)}},
	} {
		if !reflect.DeepEqual(a.Drafts[i], want) {
			t.Errorf("got %+v, want %+v", a.Drafts[i], want)
		}
	}

	if a.Expect != nil || a.Within != 0 {
		t.Errorf("got %+v", a)
	}
}

func TestBadAppends(t *testing.T) {
	t.Parallel()

	const (
		help     = `: send {"events":[{"type":"card_added","data":{"title":"Coffee"}}]}`
		surplus  = ` stands twice: keep one`
		half     = ` has half a character (a lone surrogate): write all of it or leave it out`
		quoted   = `, not a string: put it into quotes`
		expected = `: send the version of the stream's last event, such as 17, or "none" if there must be no stream`
		duration = `: send a duration above zero, such as "90s", "15m" or "1h30m"`
		moment   = ` is not a time: write it as RFC 3339, such as 2026-11-21T10:00:00.000Z`
	)

	one := func(members string) string { return `{"events":[{"type":"a",` + members + `}]}` }
	with := func(members string) string { return `{"events":[{"type":"a"}],` + members + `}` }

	for _, c := range []struct{ name, payload, want string }{
		{"nothing", ``, `the payload of $append is not JSON (byte 0: unexpected end of JSON input)` + help},
		{"half", `{"events":[{"type":"a"}`, `the payload of $append is not JSON (byte 23: unexpected end of JSON input)` + help},
		{"broken inside an event", `{"events":[{"type":"a"},{"type":tru}]}`, `the payload of $append is not JSON (byte 36: invalid character '}' in literal true (expecting 'e'))` + help},
		{"trailing garbage", `{"events":[{"type":"a"}]},`, `the payload of $append is not JSON (byte 26: invalid character ',' after top-level value)` + help},
		{"not UTF-8", one("\"subject\":\"\xff\""), `the payload of $append is not UTF-8 at byte 35` + help},
		{"deep", one(`"data":` + strings.Repeat(`{"a":`, 9_000)), `the payload of $append is nested more than 9000 levels deep: flatten it` + help},
		{"array", `[{"type":"a"}]`, `the payload of $append is JSON, but not an object` + help},
		{"null", `null`, `the payload of $append is JSON, but not an object` + help},
		{"empty", `{}`, `the payload of $append has no events` + help},
		{"no events", `{"events":[]}`, `the payload of $append has no events` + help},
		{"events null", `{"events":null}`, `the payload of $append has no events` + help},
		{"events object", `{"events":{"type":"a"}}`, `events are {"type":"a"}, not an array: send one such as [{"type":"card_added"}]`},
		{"events twice", `{"events":[{"type":"a"}],"events":[{"type":"b"}]}`, `events` + surplus},
		{"events twice in disguise", `{"events":[{"type":"a"}],"\u0065vents":[]}`, `events` + surplus},
		{"unknown", with(`"foo":1`), `"foo" is not known here: there are events, expect, within`},
		{"nearly known", `{"evnts":[]}`, `"evnts" is not known here: did you mean "events"?`},
		{"nearly known, too", with(`"expected":1`), `"expected" is not known here: did you mean "expect"?`},
		{"long and unknown", with(`"` + strings.Repeat("w", 1<<20) + `":1`), `"` + strings.Repeat("w", 40) + `" is not known here: there are events, expect, within`},
		{"half a character as key", with(`"\ud800":1`), `attribute "\ud800" has half a character in its name (a lone surrogate): rename it`},

		{"event string", `{"events":["a"]}`, `event 1 is "a", not an object: send one such as {"type":"card_added"}`},
		{"event null", `{"events":[{"type":"a"},null]}`, `event 2 is null, not an object: send one such as {"type":"card_added"}`},
		{"event array", `{"events":[[{"type":"a"}]]}`, `event 1 is [{"type":"a"}], not an object: send one such as {"type":"card_added"}`},
		{"no type", `{"events":[{"type":"a"},{"data":1}]}`, `event 2: type is missing: say what happened, such as card_added`},
		{"type null", `{"events":[{"type":null}]}`, `event 1: type is missing: say what happened, such as card_added`},
		{"type number", `{"events":[{"type":1}]}`, `event 1: type is 1` + quoted},
		{"type half a character", `{"events":[{"type":"\udc00"}]}`, `event 1: type` + half},
		{"type twice", one(`"type":"b"`), `event 1: type` + surplus},
		{"data twice", one(`"data":1,"data":1`), `event 1: data` + surplus},
		{"null twice", one(`"id":null,"id":"x"`), `event 1: id` + surplus},
		{"unknown in an event", one(`"foo":1`), `event 1: "foo" is not known here: there are type, data, id, subject, actor, time, meta`},
		{"nearly known in an event", one(`"Data":1`), `event 1: "Data" is not known here: did you mean "data"?`},
		{"a view is no draft", one(`"version":3`), `event 1: "version" is not known here: there are type, data, id, subject, actor, time, meta`},
		{"id number", one(`"id":7`), `event 1: id is 7` + quoted},
		{"id empty", one(`"id":""`), `event 1: id is empty: leave it out, or give one that no other event has`},
		{"id half a character", one(`"id":"\ud800x"`), `event 1: id` + half},
		{"subject object", one(`"subject":{}`), `event 1: subject is {}` + quoted},
		{"actor array", one(`"actor":["ada"]`), `event 1: actor is ["ada"]` + quoted},
		{"time number", one(`"time":1763719200`), `event 1: time is 1763719200` + quoted},
		{"time word", one(`"time":"yesterday"`), `event 1: time "yesterday"` + moment},
		{"time without zone", one(`"time":"2026-11-21T10:00:00"`), `event 1: time "2026-11-21T10:00:00"` + moment},
		{"time empty", one(`"time":""`), `event 1: time is "", which means none: leave it out, or say when it happened`},
		{"time zero", one(`"time":"0001-01-01T00:00:00Z"`), `event 1: time is "0001-01-01T00:00:00Z", which means none: leave it out, or say when it happened`},
		{"meta string", one(`"meta":"typo"`), `event 1: meta is "typo", not an object: send one such as {"reason":"typo"}`},
		{"meta array", one(`"meta":[]`), `event 1: meta is [], not an object: send one such as {"reason":"typo"}`},
		{"meta twice", one(`"meta":{"a":1,"\u0061":2}`), `event 1: meta has "a" twice: keep one`},
		{"meta half a character", one(`"meta":{"\udead":1}`), `event 1: attribute "\udead" has half a character in its name (a lone surrogate): rename it`},
		{"correlation number", one(`"meta":{"correlation":1}`), `event 1: correlation is 1` + quoted},
		{"causation half a character", one(`"meta":{"causation":"\ud800"}`), `event 1: causation` + half},

		{"expect string", with(`"expect":"17"`), `expect is "17"` + expected},
		{"expect word", with(`"expect":"None"`), `expect is "None"` + expected},
		{"expect negative", with(`"expect":-1`), `expect is -1` + expected},
		{"expect minus zero", with(`"expect":-0`), `expect is -0` + expected},
		{"expect fraction", with(`"expect":1.5`), `expect is 1.5` + expected},
		{"expect exponent", with(`"expect":1e3`), `expect is 1e3` + expected},
		{"expect beyond 2^53", with(`"expect":9007199254740993`), `expect is 9007199254740993` + expected},
		{"expect huge", with(`"expect":` + strings.Repeat("9", 1000)), `expect is ` + strings.Repeat("9", 40) + expected},
		{"expect true", with(`"expect":true`), `expect is true` + expected},
		{"expect twice", with(`"expect":1,"expect":1`), `expect` + surplus},
		{"within number", with(`"within":15`), `within is 15` + duration},
		{"within word", with(`"within":"soon"`), `within is "soon"` + duration},
		{"within without unit", with(`"within":"15"`), `within is "15"` + duration},
		{"within zero", with(`"within":"0s"`), `within is "0s"` + duration},
		{"within negative", with(`"within":"-1m"`), `within is "-1m"` + duration},
		{"within too long", with(`"within":"9999999h"`), `within is "9999999h"` + duration},
		{"within empty", with(`"within":""`), `within is ""` + duration},
		{"within twice", with(`"within":"1m","within":null`), `within` + surplus},
		{"within in both places", `{"events":[{"type":"a"},{"type":"a","meta":{"b":1,"within":"1m"}}],"within":"1m"}`, `event 2: meta has within, and so has the append: keep one`},
	} {
		a, err := wire.ParseAppend([]byte(c.payload))
		wantError(t, c.name, err, fault.CodeInvalid, c.want)
		if a.Drafts != nil {
			t.Errorf("%s: got drafts beside the error", c.name)
		}
	}
}

func TestAppendSize(t *testing.T) {
	t.Parallel()

	payload := func(n int) []byte {
		return []byte(`{"events":[{"type":"a"}` + strings.Repeat(`,{"type":"a"}`, n-1) + `]}`)
	}

	if a, err := wire.ParseAppend(payload(1000)); err != nil || len(a.Drafts) != 1000 {
		t.Errorf("1,000 events: got %d, %v", len(a.Drafts), err)
	}

	_, err := wire.ParseAppend(payload(1001))
	wantError(t, "1,001 events", err, fault.CodeTooLarge, "events are more than 1000, which is the limit: split them")
}

// TestAppendRoundTrip states that whatever a client may say about an event
// arrives.
func TestAppendRoundTrip(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Custom(anAppend).Draw(t, "append")
		payload := payloadOf(t, &want)
		got, err := wire.ParseAppend(payload)
		if err != nil {
			t.Fatalf("%s: %v", payload, err)
		}

		for i := range want.Drafts {
			extra := fields(t, orObject(want.Drafts[i].Meta.Extra))
			if want.Within > 0 {
				extra["within"] = json.RawMessage(quote(want.Within.String()))
			}

			if back := fields(t, orObject(got.Drafts[i].Meta.Extra)); !reflect.DeepEqual(back, extra) {
				t.Fatalf("%s: got the meta %s", payload, got.Drafts[i].Meta.Extra)
			}

			got.Drafts[i].Meta.Extra, want.Drafts[i].Meta.Extra = nil, nil
		}

		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s:\n got %+v\nwant %+v", payload, got, want)
		}
	})
}

// anAppend draws what a client may want, with any meta but within.
func anAppend(t *rapid.T) wire.Append {
	text := rapid.OneOf(rapid.Just(""), rapid.StringN(1, 20, -1))
	a := wire.Append{
		Expect: rapid.Ptr(rapid.Uint64Range(0, 1<<53), true).Draw(t, "expect"),
		Within: time.Duration(rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Min(1)).Draw(t, "within")),
	}

	for range rapid.IntRange(1, 4).Draw(t, "events") {
		d := event.Draft{
			Type: rapid.String().Draw(t, "type"), ID: event.ID(text.Draw(t, "id")),
			Subject: text.Draw(t, "subject"), Actor: text.Draw(t, "actor"),
			Meta: event.Meta{Correlation: text.Draw(t, "correlation"), Causation: text.Draw(t, "causation")},
		}

		if rapid.Bool().Draw(t, "has data") {
			d.Data = []byte(strings.Trim(jsonText().Draw(t, "data"), " \t\r\n"))
		}

		if rapid.Bool().Draw(t, "has time") {
			d.Time = time.UnixMilli(rapid.Int64Range(-62135500000000, 253402200000000).Draw(t, "time")).UTC()
		}

		if rapid.Bool().Draw(t, "has meta") {
			d.Meta.Extra = json.RawMessage(`{` + quote("x"+rapid.String().Draw(t, "key")) + `:` + jsonText().Draw(t, "meta") + `}`)
		}

		a.Drafts = append(a.Drafts, d)
	}

	return a
}

// payloadOf returns an append as clients write it, with its keys in any order.
func payloadOf(t *rapid.T, a *wire.Append) []byte {
	var events []string
	for i := range a.Drafts {
		d := &a.Drafts[i]
		members := []string{`"type":` + quote(d.Type)}
		for name, value := range map[string]string{"id": string(d.ID), "subject": d.Subject, "actor": d.Actor} {
			if value != "" {
				members = append(members, quote(name)+":"+quote(value))
			}
		}

		if d.Data != nil {
			members = append(members, `"data":`+string(d.Data))
		}

		if !d.Time.IsZero() {
			members = append(members, `"time":`+quote(d.Time.In(time.FixedZone("", 3600)).Format(time.RFC3339Nano)))
		}

		if meta := metaOf(&d.Meta); meta != nil {
			members = append(members, `"meta":{`+strings.Join(meta, " , ")+`}`)
		}

		events = append(events, "{"+strings.Join(rapid.Permutation(members).Draw(t, "members"), space().Draw(t, "space")+",")+"}")
	}

	members := []string{`"events":[` + strings.Join(events, " ,") + `]`}
	switch {
	case a.Expect == nil:
	case *a.Expect == 0 && rapid.Bool().Draw(t, "none"):
		members = append(members, `"expect":"none"`)
	default:
		members = append(members, `"expect":`+string(jsonOf(*a.Expect)))
	}

	if a.Within > 0 {
		members = append(members, `"within":`+quote(a.Within.String()))
	}

	return []byte("{" + strings.Join(rapid.Permutation(members).Draw(t, "all"), ",") + "}")
}

// metaOf returns the members of a meta.
func metaOf(m *event.Meta) (members []string) {
	if m.Correlation != "" {
		members = append(members, `"correlation":`+quote(m.Correlation))
	}

	if len(m.Extra) > 0 {
		members = append(members, string(m.Extra[1:len(m.Extra)-1]))
	}

	if m.Causation != "" {
		members = append(members, `"causation":`+quote(m.Causation))
	}

	return members
}

func orObject(extra json.RawMessage) []byte {
	if len(extra) == 0 {
		return []byte("{}")
	}

	return extra
}

func jsonOf(value any) []byte {
	text, _ := json.Marshal(value)

	return text
}

func FuzzParseAppend(f *testing.F) {
	for _, payload := range linesOf(f, "appends.ndjson") {
		f.Add(payload)
	}

	f.Add([]byte(`{"events":[{"type":"a"`))
	f.Add([]byte(`{"events":[{"type":"a","meta":{"a":{},"within":1}}],"within":"1m"}`))

	f.Fuzz(func(t *testing.T, payload []byte) {
		before := bytes.Clone(payload)
		a, err := wire.ParseAppend(payload)
		if !bytes.Equal(payload, before) {
			t.Fatal("the payload was changed")
		}

		if err != nil {
			wantCode(t, err)

			return
		}

		if len(a.Drafts) == 0 || a.Within < 0 || !json.Valid(payload) {
			t.Fatalf("%q was taken for %+v", payload, a)
		}

		checkEncoded(t, a.Drafts...)
	})
}
