package wire_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/wire"
)

// TestMessages reads frames as phoenix.js 1.8.16 sent them, and as other clients
// may.
func TestMessages(t *testing.T) {
	t.Parallel()

	var out []byte
	for _, frame := range linesOf(t, "messages.ndjson") {
		m, err := wire.ParseMessage(frame)
		if err != nil {
			t.Fatalf("%s: %v", frame, err)
		}

		line, err := json.Marshal(map[string]any{
			"join_ref": m.JoinRef, "ref": m.Ref, "topic": m.Topic, "event": m.Event, "payload": string(m.Payload),
		})
		if err != nil {
			t.Fatal(err)
		}

		out = append(append(out, line...), '\n')
	}

	golden(t, "messages.golden.ndjson", out)
}

func TestBadMessages(t *testing.T) {
	t.Parallel()

	const help = ": send [join_ref, ref, topic, event, payload], as Phoenix Channels v2 does"

	for _, c := range []struct {
		name, frame, want string
		code              fault.Code
	}{
		{"nothing", "", "the frame is not JSON (byte 0: unexpected end of JSON input)" + help, "invalid"},
		{"half a frame", `["1","2","a:b","c",{`, "the frame is not JSON (byte 20: unexpected end of JSON input)" + help, "invalid"},
		{"half a string", `["1","2","a:b`, "the frame is not JSON (byte 13: unexpected end of JSON input)" + help, "invalid"},
		{"not JSON", `hello`, "the frame is not JSON (byte 1: invalid character 'h' looking for beginning of value)" + help, "invalid"},
		{"percent", `%s%d`, "the frame is not JSON (byte 1: invalid character '%' looking for beginning of value)" + help, "invalid"},
		{"trailing garbage", `["1","2","a:b","c",{}]x`, "the frame is not JSON (byte 23: invalid character 'x' after top-level value)" + help, "invalid"},
		{"two frames", `["1","2","a:b","c",{}]["1","2","a:b","c",{}]`, "the frame is not JSON (byte 23: invalid character '[' after top-level value)" + help, "invalid"},
		{"trailing comma", `["1","2","a:b","c",{},]`, "the frame is not JSON (byte 23: invalid character ']' looking for beginning of value)" + help, "invalid"},
		{"zero byte", "[\"1\",\"2\",\"a:b\",\"c\",{}]\x00", "the frame is not JSON (byte 23: invalid character '\\x00' after top-level value)" + help, "invalid"},
		{"control character", "[\"1\",\"2\",\"a\nb\",\"c\",{}]", "the frame is not JSON (byte 12: invalid character '\\n' in string literal)" + help, "invalid"},
		{"byte order mark", "\ufeff[\"1\",\"2\",\"a:b\",\"c\",{}]", "the frame is not JSON (byte 1: invalid character 'ï' looking for beginning of value)" + help, "invalid"},
		{"not UTF-8", "[\"1\",\"2\",\"a:\xff\",\"c\",{}]", "the frame is not UTF-8 at byte 13" + help, "invalid"},
		{"half a rune", "[\"1\",\"2\",\"a:b\",\"c\",\"\xf0\x9f\x98\"]", "the frame is not UTF-8 at byte 21" + help, "invalid"},
		{"an encoded surrogate", "[\"1\",\"2\",\"a:b\",\"c\",\"\xed\xa0\x80\"]", "the frame is not UTF-8 at byte 21" + help, "invalid"},
		{"object", `{"topic":"a:b"}`, "the frame is JSON, but not an array" + help, "invalid"},
		{"null", `null`, "the frame is JSON, but not an array" + help, "invalid"},
		{"half an object", `{"topic":`, "the frame is not JSON (byte 9: unexpected end of JSON input)" + help, "invalid"},
		{"empty array", `[]`, "the frame has 0 elements" + help, "invalid"},
		{"four elements", `["1","2","a:b","c"]`, "the frame has 4 elements" + help, "invalid"},
		{"six elements", `["1","2","a:b","c",{},{}]`, "the frame has 6 elements" + help, "invalid"},
		{"100,000 elements", "[0" + strings.Repeat(",0", 99_999) + "]", "the frame has 100000 elements" + help, "invalid"},
		{"deep", `["1","2","a:b","c",` + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000) + "]", "the frame is nested more than 9000 levels deep: flatten it" + help, "invalid"},
		{"deep and open", strings.Repeat("[", 1<<20), "the frame is nested more than 9000 levels deep: flatten it" + help, "invalid"},
		{"join_ref true", `[true,"2","a:b","c",{}]`, "join_ref is true: send a string, a number or null", "invalid"},
		{"join_ref array", `[["1"],"2","a:b","c",{}]`, `join_ref is ["1"]: send a string, a number or null`, "invalid"},
		{"ref object", `["1",{"a":1},"a:b","c",{}]`, `ref is {"a":1}: send a string, a number or null`, "invalid"},
		{"ref false", `["1",false,"a:b","c",{}]`, `ref is false: send a string, a number or null`, "invalid"},
		{"huge join_ref", `["` + strings.Repeat("1", 63) + `","2","a:b","c",{}]`, "join_ref has 65 bytes, the limit is 64: count from 1, as phoenix.js does", "too_large"},
		{"huge ref", `["1",` + strings.Repeat("1", 1<<20) + `,"a:b","c",{}]`, "ref has 1048576 bytes, the limit is 64: count from 1, as phoenix.js does", "too_large"},
		{"half a character as ref", `["1","\ud800","a:b","c",{}]`, "ref has half a character (a lone surrogate): write all of it or leave it out", "invalid"},
		{"topic number", `["1","2",42,"c",{}]`, "topic is 42, not a string: put it into quotes", "invalid"},
		{"topic null", `["1","2",null,"c",{}]`, "topic is null, not a string: put it into quotes", "invalid"},
		{"topic half a character", `["1","2","a:\ud83d","c",{}]`, "topic has half a character (a lone surrogate): write all of it or leave it out", "invalid"},
		{"topic the other half", `["1","2","\ude00a","c",{}]`, "topic has half a character (a lone surrogate): write all of it or leave it out", "invalid"},
		{"event array", `["1","2","a:b",["c"],{}]`, `event is ["c"], not a string: put it into quotes`, "invalid"},
		{"event half a character", `["1","2","a:b","\udc00",{}]`, "event has half a character (a lone surrogate): write all of it or leave it out", "invalid"},
		{"the first error", `[true,false,1,2,{}]`, "join_ref is true: send a string, a number or null", "invalid"},
		{"long values are cut", `["1","2",[` + strings.Repeat("1,", 99) + `1],"c",{}]`, "topic is [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1, not a string: put it into quotes", "invalid"},
	} {
		m, err := wire.ParseMessage([]byte(c.frame))
		wantError(t, c.name, err, c.code, c.want)
		if m.Topic != "" || m.Payload != nil {
			t.Errorf("%s: got the message %+v beside the error", c.name, m)
		}
	}
}

// TestDeepMessage shows that the limit of depth is the stated one.
func TestDeepMessage(t *testing.T) {
	t.Parallel()

	frame := `["1","2","a:b","c",` + strings.Repeat("[", 8_999) + strings.Repeat("]", 8_999) + "]"
	if _, err := wire.ParseMessage([]byte(frame)); err != nil {
		t.Error(err)
	}
}

// TestMessageMemory shows what a message shares with its frame.
func TestMessageMemory(t *testing.T) {
	t.Parallel()

	frame := []byte(`["11","22","a:b","c",{"x":1}]`)
	m, err := wire.ParseMessage(frame)
	if err != nil {
		t.Fatal(err)
	}

	if &m.Payload[0] != &frame[21] {
		t.Error("the payload is a copy")
	}

	clear(frame)
	_ = append(m.JoinRef, "overwritten"...)
	if string(m.JoinRef) != `"11"` || string(m.Ref) != `"22"` || m.Topic != "a:b" || m.Event != "c" {
		t.Errorf("the message changed with its frame: %q", m)
	}
}

// TestMessageRoundTrip states that a message means what its frame says, however
// it is spaced, and that what is sent to the client means it, too.
func TestMessageRoundTrip(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		joinRef, ref := aRef().Draw(t, "join_ref"), aRef().Draw(t, "ref")
		topic, event := rapid.String().Draw(t, "topic"), rapid.String().Draw(t, "event")
		payload := jsonText().Draw(t, "payload")

		var frame []byte
		for i, element := range []string{joinRef, ref, quote(topic), quote(event), payload} {
			frame = append(frame, "[,,,,"[i])
			frame = append(frame, space().Draw(t, "before")+element+space().Draw(t, "after")...)
		}

		frame = append(frame, ']')
		m, err := wire.ParseMessage(frame)
		if err != nil {
			t.Fatalf("%s: %v", frame, err)
		}

		if orNull(m.JoinRef) != joinRef || orNull(m.Ref) != ref || m.Topic != topic || m.Event != event || string(m.Payload) != strings.Trim(payload, " \t\r\n") {
			t.Fatalf("%s: got %+v", frame, m)
		}

		checkSent(t, &m)
	})
}

// checkSent sends a message back, as a push and in a reply, and reads both with
// encoding/json.
func checkSent(t fataler, m *wire.Message) {
	t.Helper()

	push := wire.AppendPush([]byte("x"), m.JoinRef, m.Topic, m.Event, m.Payload)[1:]
	want := "[" + orNull(m.JoinRef) + ",null," + quote(m.Topic) + "," + quote(m.Event) + "," + string(m.Payload) + "]"
	if !sameJSON(push, []byte(want)) {
		t.Fatalf("push: got %s, want %s", push, want)
	}

	head := wire.AppendPushHead(nil, m.JoinRef, m.Topic, m.Event)
	if got := string(head) + string(m.Payload) + "]"; got != string(push) {
		t.Fatalf("push in parts: got %s, want %s", got, push)
	}

	reply := wire.AppendReply([]byte("x"), m, "ok", m.Payload)[1:]
	want = "[" + orNull(m.JoinRef) + "," + orNull(m.Ref) + "," + quote(m.Topic) + `,"phx_reply",{"status":"ok","response":` + string(m.Payload) + "}]"
	if !sameJSON(reply, []byte(want)) {
		t.Fatalf("reply: got %s, want %s", reply, want)
	}
}

// aRef draws the JSON text of a ref.
func aRef() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"null", "0", "17", "-1.5e3", `""`, `"\u0031"`, `"😀"`, `"` + strings.Repeat("a", 62) + `"`}),
		rapid.Map(rapid.StringOfN(rapid.Rune(), 0, 8, -1), quote).Filter(func(s string) bool { return len(s) <= 64 }),
	)
}

// sameJSON reports whether two texts are JSON and mean the same, to the digit.
func sameJSON(a, b []byte) bool {
	var x, y bytes.Buffer

	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(unescaped(x.Bytes()), unescaped(y.Bytes()))
}

// unescaped writes strings in one way, so that texts can be compared.
func unescaped(text []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()

	var out []byte
	for {
		token, err := decoder.Token()
		if err != nil {
			return out
		}

		encoded, _ := json.Marshal(token)
		if delimiter, ok := token.(json.Delim); ok {
			encoded = []byte(delimiter.String())
		}

		out = append(append(out, encoded...), ' ')
	}
}

func quote(text string) string {
	quoted, _ := json.Marshal(text)

	return string(quoted)
}

func orNull(ref json.RawMessage) string {
	if ref == nil {
		return "null"
	}

	return string(ref)
}

func FuzzParseMessage(f *testing.F) {
	for _, frame := range linesOf(f, "messages.ndjson") {
		f.Add(frame)
	}

	for _, frame := range []string{"[", "[1", "{}", "[[[[[", `["1","2","a","b",{"c":[1,{"d":null}]}]x`, `["\u00`, "[\"\xff\""} {
		f.Add([]byte(frame))
	}

	f.Fuzz(func(t *testing.T, frame []byte) {
		before := bytes.Clone(frame)
		m, err := wire.ParseMessage(frame)
		if !bytes.Equal(frame, before) {
			t.Fatal("the frame was changed")
		}

		var elements []json.RawMessage
		if err != nil {
			wantCode(t, err)

			return
		}

		if json.Unmarshal(frame, &elements) != nil || len(elements) != 5 || !bytes.Equal(elements[4], m.Payload) {
			t.Fatalf("%q was taken for %+v", frame, m)
		}

		checkSent(t, &m)
	})
}
