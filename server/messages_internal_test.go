package server

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/wire"
)

// FuzzMessages sends anything as the body of an append. What is taken comes out as
// it went in; what is not is refused with a code, and nothing panics.
func FuzzMessages(f *testing.F) {
	for _, body := range []string{
		``, ` `, `{}`, `[]`, `[1]`, `null`, `{"type":"x"}`, `[{"type":"x"},{"type":"y","data":null}]`, `{"type":"x"} {}`,
		`{"type":"x","source":"https://example.com","recountmeta":"{\"cloudevents\":{\"a\":1}}"}`,
		`{"type":"x","source":"/a:1","id":"1","specversion":"1.0","time":"2026-11-21T10:00:00Z","data_base64":"AAE="}`,
		`{"type":"x","source":"\ud800","id":null,"specversion":null}`,
		`{"type":"x","source":"/a:1","source":"/a:2"}`, `{"t\u0079pe":"x","\u0069d":"1"}`,
		`{"type":"x","recountmeta":"{\"cloudevents\":1}","source":"o"}`,
		"{\"type\":\"\xff\"}", `{"type":"x","data":{"a":  [1, 2 ]}}`,
	} {
		f.Add([]byte(body))
	}

	const (
		stream = event.Stream("a:1")
		most   = 3
	)

	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		drafts, err := parseMessages(stream, body, most)
		if !bytes.Equal(before, body) {
			t.Fatal("the body was changed")
		}

		if err != nil {
			if code := fault.Of(err); code != fault.CodeInvalid && code != fault.CodeTooLarge {
				t.Fatalf("%s: %v", code, err)
			}

			return
		}

		if len(drafts) == 0 || len(drafts) > most {
			t.Fatalf("%d drafts", len(drafts))
		}

		for i := range drafts {
			checkDraft(t, body, &drafts[i])
		}
	})
}

// checkDraft sees that a draft is one of a client, and keeps its data.
func checkDraft(t *testing.T, body []byte, d *event.Draft) {
	t.Helper()

	if d.Origin != event.Native || !d.Recorded.IsZero() {
		t.Fatalf("%+v", d)
	}

	if (event.Limits{}).CheckDraft(d) != nil {
		return // the door says so
	}

	if event.IsJSON(d.ContentType) && !json.Valid(d.Data) && len(d.Data) > 0 {
		t.Fatalf("%s came out of %s", d.Data, body)
	}

	recorded := event.Event{Stream: "a:1", ID: "1", Version: 1, Position: event.PositionAt(1), Type: d.Type, Data: d.Data, ContentType: d.ContentType, Meta: d.Meta}
	if line := wire.AppendCloudEvent(nil, &recorded); !json.Valid(line) {
		t.Fatalf("%s came out of %s", line, body)
	}
}

// FuzzReading asks for anything.
func FuzzReading(f *testing.F) {
	for _, query := range []string{
		"", "offset=-1", "offset=now&live=sse", "offset=0000000000000017&live=long-poll&cursor=1", "offset=1&offset=2", "offset=%zz",
		"backward=true&limit=1", "since=2026-11-21T10:00:00Z", "until=yesterday", "limit=501", "offset=18446744073709551615",
	} {
		f.Add(query, "17")
	}

	f.Fuzz(func(t *testing.T, query, id string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.URL.RawQuery = query
		r.Header["Last-Event-ID"] = []string{id}

		ask, err := parseReading(r)
		if err != nil {
			if fault.Of(err) != fault.CodeInvalid {
				t.Fatal(err)
			}

			return
		}

		if ask.limit < 1 || ask.limit > pageEvents || ask.after > 1<<63 {
			t.Fatalf("%+v", ask)
		}

		if values, err := url.ParseQuery(query); err != nil || ask.live != "" && !values.Has("offset") && id == "" {
			t.Fatalf("%+v", ask)
		}

		if next, _, err := parseOffset(offsetText(ask.after)); err != nil || next != ask.after {
			t.Fatalf("%d became %d: %v", ask.after, next, err)
		}
	})
}

// TestCursor sees that a cursor grows, and that nobody gets the same twice.
func TestCursor(t *testing.T) {
	t.Parallel()

	at := cursorEpoch().Add(1000*cursorInterval + cursorInterval/2)
	for sent, want := range map[string][2]uint64{
		"": {1000, 1000}, "x": {1000, 1000}, "-1": {1000, 1000}, "999": {1000, 1000},
		"1000": {1001, 1181}, "5000": {5001, 5181}, "9007199254740993": {1000, 1000},
	} {
		for range 100 {
			var got uint64
			must(t, json.Unmarshal([]byte(nextCursor(sent, at)), &got))
			if got < want[0] || got > want[1] {
				t.Errorf("%q became %d", sent, got)
			}
		}
	}

	if got := nextCursor("", cursorEpoch().Add(-cursorInterval)); got != "0" {
		t.Errorf("before the epoch: %s", got)
	}
}

func must(t *testing.T, err error) {
	t.Helper()

	if err != nil {
		t.Fatal(err)
	}
}
