package wire_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/wire"
)

// eventOf returns the event that a stream's first draft becomes, some of it
// fixed.
func eventOf(d *event.Draft) event.Event {
	e := recorded("meeting:42", d)
	if d.ID == "" {
		e.ID = "0193"
	}

	return e
}

// TestActions shows actions as the events that clients get, from which they
// rebuild them.
func TestActions(t *testing.T) {
	t.Parallel()

	var out []byte
	for _, action := range linesOf(t, "actions.ndjson") {
		d, err := wire.ParseAction(action)
		if err != nil {
			t.Fatalf("%s: %v", action, err)
		}

		checkRebuilt(t, action, &d)
		e := eventOf(&d)
		out = append(wire.AppendTopicEvent(out, &e), '\n')
	}

	golden(t, "actions.golden.ndjson", out)
}

// checkRebuilt rebuilds an action from the event that clients get, as the
// comment of ParseAction says.
func checkRebuilt(t fataler, action []byte, d *event.Draft) {
	t.Helper()

	e := eventOf(d)
	view := fields(t, wire.AppendTopicEvent(nil, &e))

	rebuilt := make(map[string]json.RawMessage)
	if view["meta"] != nil {
		meta := fields(t, view["meta"])
		rebuilt = fields(t, meta["action"])
		if len(meta) != 1 || len(rebuilt) == 0 {
			t.Fatalf("%s: got the meta %s", action, view["meta"])
		}
	}

	rebuilt["type"] = view["type"]
	if data, ok := view["data"]; ok {
		rebuilt["payload"] = data
	}

	want := fields(t, action)
	if len(rebuilt) != len(want) {
		t.Fatalf("%s was rebuilt as %s", action, rebuilt)
	}

	for name, value := range want {
		if !sameJSON(rebuilt[name], value) {
			t.Fatalf("%s: %s was rebuilt as %s", action, name, rebuilt[name])
		}
	}
}

// fields returns the members of an object.
func fields(t fataler, object []byte) map[string]json.RawMessage {
	t.Helper()

	var f map[string]json.RawMessage
	if err := json.Unmarshal(object, &f); err != nil {
		t.Fatalf("%s: %v", object, err)
	}

	return f
}

// TestFalsyPayloads states what stays as it is, to the byte.
func TestFalsyPayloads(t *testing.T) {
	t.Parallel()

	for _, payload := range []string{`null`, `false`, `0`, `-0`, `0.0`, `""`, `[]`, `{}`, `{ "a" : 1 }`, `"\u0000"`, `"\ud800"`} {
		d, err := wire.ParseAction([]byte(`{"type":"t", "payload" : ` + payload + ` }`))
		if err != nil || string(d.Data) != payload || !d.Meta.IsZero() {
			t.Errorf("payload %s: got data %q and meta %q, %v", payload, d.Data, d.Meta.Extra, err)
		}
	}

	d, err := wire.ParseAction([]byte(`{"type":"t"}`))
	if err != nil || d.Data != nil || !d.Meta.IsZero() {
		t.Errorf("no payload: got %+v, %v", d, err)
	}

	d, err = wire.ParseAction([]byte(`{"error": false ,"type":"t","meta" :{ "id":1 }}`))
	if err != nil || string(d.Meta.Extra) != `{"action":{"error":false,"meta":{ "id":1 }}}` {
		t.Errorf("other keys: got %s, %v", d.Meta.Extra, err)
	}
}

func TestBadActions(t *testing.T) {
	t.Parallel()

	const help = `: send {"type":"card_added","payload":{"title":"Coffee"}}`

	for _, c := range []struct{ name, action, want string }{
		{"nothing", ``, `the action is not JSON (byte 0: unexpected end of JSON input)` + help},
		{"half", `{"type":"t"`, `the action is not JSON (byte 11: unexpected end of JSON input)` + help},
		{"no colon", `{"type" "t"}`, `the action is not JSON (byte 9: invalid character '"' after object key)` + help},
		{"name without quotes", `{type:"t"}`, `the action is not JSON (byte 2: invalid character 't' looking for beginning of object key string)` + help},
		{"trailing garbage", `{"type":"t"} {}`, `the action is not JSON (byte 14: invalid character '{' after top-level value)` + help},
		{"trailing comma", `{"type":"t",}`, `the action is not JSON (byte 13: invalid character '}' looking for beginning of object key string)` + help},
		{"not UTF-8", "{\"type\":\"\xc3\"}", `the action is not UTF-8 at byte 10` + help},
		{"array", `["t"]`, `the action is JSON, but not an object` + help},
		{"string", `"t"`, `the action is JSON, but not an object` + help},
		{"null", `null`, `the action is JSON, but not an object` + help},
		{"a broken array", `["t"`, `the action is not JSON (byte 4: unexpected end of JSON input)` + help},
		{"deep", `{"type":"t","payload":` + strings.Repeat("[", 9_000), `the action is nested more than 9000 levels deep: flatten it` + help},
		{"empty", `{}`, `the action has no type` + help},
		{"no type", `{"payload":1}`, `the action has no type` + help},
		{"type null", `{"type":null}`, `type is null, not a string: put it into quotes`},
		{"type number", `{"type":1}`, `type is 1, not a string: put it into quotes`},
		{"type half a character", `{"type":"\ud800"}`, `type has half a character (a lone surrogate): write all of it or leave it out`},
		{"type twice", `{"type":"a","type":"a"}`, `type stands twice: keep one`},
		{"type twice in disguise", `{"type":"a","\u0074ype":"b"}`, `type stands twice: keep one`},
		{"payload twice", `{"type":"a","payload":1,"payload":1}`, `payload stands twice: keep one`},
		{"another key twice", `{"type":"a","meta":1,"x":1,"m\u0065ta":1}`, `meta stands twice: keep one`},
		{"the last of 100,000 keys twice", manyKeys(100_000, `"k99999":1`), `k99999 stands twice: keep one`},
		{"a long key twice", `{"` + strings.Repeat("é", 99) + `":1,"` + strings.Repeat("é", 99) + `":1}`, strings.Repeat("é", 40) + ` stands twice: keep one`},
		{"half a character as key", `{"type":"a","\ud800":1}`, `attribute "\ud800" has half a character in its name (a lone surrogate): rename it`},
	} {
		_, err := wire.ParseAction([]byte(c.action))
		wantError(t, c.name, err, fault.CodeInvalid, c.want)
	}
}

// manyKeys returns an object with so many different keys, and one more.
func manyKeys(n int, last string) string {
	text := []byte{'{'}
	for i := range n {
		text = append(text, `"k`...)
		text = strconv.AppendInt(text, int64(i), 10)
		text = append(text, `":1,`...)
	}

	return string(text) + last + "}"
}

// TestManyKeys shows that an object may have as many keys as it likes.
func TestManyKeys(t *testing.T) {
	t.Parallel()

	d, err := wire.ParseAction([]byte(manyKeys(20_000, `"type":"t"`)))
	if err != nil || len(fields(t, fields(t, d.Meta.Extra)["action"])) != 20_000 {
		t.Errorf("got %d bytes of meta, %v", len(d.Meta.Extra), err)
	}

	line := manyKeys(20_000, `"specversion":"1.0","id":"1","source":"/a:b","type":"t"`)
	if _, d, err = wire.ParseCloudEvent([]byte(line)); err != nil {
		t.Error(err)
	}

	line = manyKeys(10_000, `"specversion":"1.0","id":"1","source":"/a:b","type":"t","recountmeta":`+quote(string(d.Meta.Extra)))
	if _, d, err = wire.ParseCloudEvent([]byte(line)); err != nil || len(fields(t, fields(t, d.Meta.Extra)["cloudevents"])) != 20_000 {
		t.Errorf("got %d bytes of meta, %v", len(d.Meta.Extra), err)
	}
}

// TestActionRoundTrip states that every action can be rebuilt.
func TestActionRoundTrip(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		members := []string{`"type":` + quote(rapid.String().Draw(t, "type"))}
		if rapid.Bool().Draw(t, "has payload") {
			members = append(members, `"payload":`+jsonText().Draw(t, "payload"))
		}

		others := rapid.SliceOfNDistinct(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"meta", "error", "action", "correlation", ""})), 0, 12, rapid.ID).
			Filter(func(names []string) bool { return !strings.Contains(strings.Join(names, "\x00"), "type") }).Draw(t, "others")
		for _, other := range others {
			if other != "payload" {
				members = append(members, quote(other)+space().Draw(t, "space")+":"+jsonText().Draw(t, "value"))
			}
		}

		members = rapid.Permutation(members).Draw(t, "members")
		action := []byte(space().Draw(t, "before") + "{" + strings.Join(members, space().Draw(t, "between")+",") + "}" + space().Draw(t, "after"))
		d, err := wire.ParseAction(action)
		if err != nil {
			t.Fatalf("%s: %v", action, err)
		}

		checkRebuilt(t, action, &d)
	})
}

func FuzzParseAction(f *testing.F) {
	for _, action := range linesOf(f, "actions.ndjson") {
		f.Add(action)
	}

	f.Add([]byte(`{"type":"t","payload":{},"payload":1}`))
	f.Add([]byte(manyKeys(20, `"type":"t"`)))

	f.Fuzz(func(t *testing.T, action []byte) {
		before := bytes.Clone(action)
		d, err := wire.ParseAction(action)
		if !bytes.Equal(action, before) {
			t.Fatal("the action was changed")
		}

		if err != nil {
			wantCode(t, err)

			return
		}

		checkRebuilt(t, action, &d)
		checkEncoded(t, d)
	})
}

// checkEncoded checks that what drafts become is one line of JSON.
func checkEncoded(t fataler, drafts ...event.Draft) {
	t.Helper()

	events := make([]event.Event, len(drafts))
	for i := range drafts {
		events[i] = eventOf(&drafts[i])
	}

	for _, withStream := range []bool{false, true} {
		payload := wire.AppendEvents(nil, events, 17, withStream)
		if frame := wire.AppendPush(nil, nil, "meeting:42", "events", payload); !json.Valid(frame) || bytes.ContainsAny(frame, "\r\n") {
			t.Fatalf("%q is not one line of JSON", frame)
		}
	}
}
