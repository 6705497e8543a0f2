package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/server"
	"github.com/recountdev/recount/store"
)

// TestAppendAndRead appends to streams with names that need care in a path, and
// reads back what is there.
func TestAppendAndRead(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	for name, path := range map[string]string{
		"meeting:42": "meeting:42",
		"a:b/c":      "a:b%2Fc",
		"a:ü":        "a:%C3%BC",
		"a:%":        "a:%25",
		"a:%2F":      "a:%252F",
		"a:..":       "a:..",
		"a:b c?d#e":  "a:b%20c%3Fd%23e",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := h.ask(http.MethodPost, "/v1/streams/"+path, `{"type":"card_added","data":{"title":  "Coffee"}}`).expect(t, http.StatusOK)

			var receipt struct {
				Version  uint64
				Position string
				IDs      []string
			}
			must(t, json.Unmarshal([]byte(got.body), &receipt))
			if receipt.Version != 1 || len(receipt.Position) != 16 || len(receipt.IDs) != 1 || got.header.Get("Stream-Next-Offset") != "0000000000000001" {
				t.Errorf("%v %s", got.header, got.body)
			}

			got = h.ask(http.MethodGet, "/v1/streams/"+path, "").expect(t, http.StatusOK)
			if !strings.Contains(got.body, `"data":{"title":  "Coffee"}`) || !strings.Contains(got.body, `"actor":"ada"`) || !strings.Contains(got.body, receipt.IDs[0]) {
				t.Error(got.body)
			}

			if version, err := h.log.Head(t.Context(), event.Stream(name)); err != nil || version != 1 {
				t.Errorf("stream %s has version %d: %v", name, version, err)
			}
		})
	}
}

// TestAppendTogether sees that an array is recorded whole or not at all.
func TestAppendTogether(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	got := h.ask(http.MethodPost, "/v1/streams/a:1", ` [{"type":"x","id":"1"}, {"type":"y","id":"2"}] `).expect(t, http.StatusOK)
	if !strings.Contains(got.body, `{"version":2,"position":"0000000000000002","ids":["1","2"]}`) {
		t.Error(got.body)
	}

	got = h.ask(http.MethodPost, "/v1/streams/a:1", `[{"type":"x","id":"1"}, {"type":"y","id":"2"}]`).expect(t, http.StatusOK)
	if !strings.Contains(got.body, `"version":2`) || !strings.Contains(got.body, `"repeated":true`) {
		t.Error(got.body)
	}

	got = h.ask(http.MethodPost, "/v1/streams/a:1", `[{"type":"x"},{"type":""}]`).expect(t, http.StatusBadRequest)
	if code, detail := got.problem(t); code != "invalid" || !strings.Contains(detail, "event 2 of 2: type") {
		t.Error(got.body)
	}

	if got := h.ask(http.MethodGet, "/v1/streams/a:1", ""); got.versions(t) != "1 2" {
		t.Error(got.body)
	}
}

// TestAppendExpects states what must hold of the stream.
func TestAppendExpects(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	h.append("a:1", "x", 3)

	other := newHouse(t)
	other.append("a:1", "x", 3)
	foreign := other.ask(http.MethodHead, "/v1/streams/a:1", "").header.Get("ETag")
	own := h.ask(http.MethodGet, "/v1/streams/a:1", "").header.Get("ETag")

	for _, c := range []struct {
		stream, header string
		status         int
		detail         string
	}{
		{"a:1", `If-Match: "2"`, http.StatusPreconditionFailed, "expected version 2, but it is at version 3"},
		{"a:1", `If-None-Match: *`, http.StatusPreconditionFailed, "expected no stream"},
		{"a:1", `If-Match: "0"`, http.StatusPreconditionFailed, "expected no stream"},
		{"a:9", `If-Match: *`, http.StatusPreconditionFailed, "expected some stream"},
		{"a:9", `If-Match: "1"`, http.StatusPreconditionFailed, "there is no such stream"},
		{"a:1", `If-Match: ` + foreign, http.StatusPreconditionFailed, "another log"},
		{"a:1", `If-Match: "one"`, http.StatusBadRequest, "no version"},
		{"a:1", `If-Match: W/"3"`, http.StatusBadRequest, "no version"},
		{"a:1", `If-Match: "3", "4"`, http.StatusBadRequest, "no version"},
		{"a:1", `If-None-Match: "3"`, http.StatusBadRequest, "send *"},
		{"a:1", `If-Match: ` + own, http.StatusOK, ""},
		{"a:1", `If-Match: "4"`, http.StatusOK, ""},
		{"a:1", `If-Match: *`, http.StatusOK, ""},
		{"a:2", `If-None-Match: *`, http.StatusOK, ""},
		{"a:3", `If-Match: "0"`, http.StatusOK, ""},
	} {
		got := h.ask(http.MethodPost, "/v1/streams/"+c.stream, `{"type":"y"}`, c.header)
		if got.status != c.status || !strings.Contains(got.body, c.detail) {
			t.Errorf("%s %s: status %d: %s", c.stream, c.header, got.status, got.body)
		}
	}

	got := h.ask(http.MethodPost, "/v1/streams/a:1", `{"type":"y"}`, `If-Match: "2"`)
	if code, _ := got.problem(t); code != "conflict" || !strings.Contains(got.body, `"expected":2,"actual":6`) {
		t.Error(got.body)
	}

	both, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/v1/streams/a:1", strings.NewReader(`{"type":"y"}`))
	must(t, err)
	both.Header = http.Header{"Content-Type": {"application/json"}, "If-Match": {"*"}, "If-None-Match": {"*"}}
	response, err := http.DefaultTransport.RoundTrip(both)
	must(t, err)
	must(t, response.Body.Close())
	if response.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d", response.StatusCode)
	}
}

// TestAppendDuplicate sees that other content under a known ID is a conflict that
// no expectation makes another status of.
func TestAppendDuplicate(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	h.ask(http.MethodPost, "/v1/streams/a:1", `{"type":"x","id":"1"}`).expect(t, http.StatusOK)
	for _, header := range []string{"", `If-Match: "1"`} {
		got := h.ask(http.MethodPost, "/v1/streams/a:1", `{"type":"y","id":"1"}`, header).expect(t, http.StatusConflict)
		if code, detail := got.problem(t); code != "conflict" || !strings.Contains(detail, "already recorded") {
			t.Error(got.body)
		}
	}
}

// TestAppendRefused sends what cannot be appended.
func TestAppendRefused(t *testing.T) {
	t.Parallel()

	h := newHouse(t, declared(t, map[string]category.Declaration{
		"open":   {},
		"closed": {Commands: []string{"open"}},
		"strict": {Events: map[string]category.EventType{"card_added": {Schema: []byte(`{"required":["title"]}`)}}, Unknown: category.Reject},
	}), func(o *server.Options) { o.Limits.Body, o.Limits.Events = 4096, 5 })

	six := "[" + strings.Repeat(`{"type":"x"},`, 5) + `{"type":"x"}]`

	for _, c := range []struct {
		name, stream, body string
		headers            []string
		status             int
		code, detail       string
	}{
		{"bad name", "open", `{"type":"x"}`, nil, http.StatusBadRequest, "invalid", "category:id"},
		{"control character", "open:%00", `{"type":"x"}`, nil, http.StatusBadRequest, "invalid", "control character"},
		{"not UTF-8", "open:%ff", `{"type":"x"}`, nil, http.StatusBadRequest, "invalid", "UTF-8"},
		{"undeclared", "opn:1", `{"type":"x"}`, nil, http.StatusNotFound, "not_found", "open"},
		{"empty", "open:1", " ", nil, http.StatusBadRequest, "invalid", "empty"},
		{"empty array", "open:1", "[ ]", nil, http.StatusBadRequest, "invalid", "empty"},
		{"no JSON", "open:1", `{"type":"x"`, nil, http.StatusBadRequest, "invalid", "byte 11"},
		{"more after it", "open:1", `{"type":"x"} {}`, nil, http.StatusBadRequest, "invalid", "byte 14"},
		{"no object", "open:1", `[1]`, nil, http.StatusBadRequest, "invalid", "object"},
		{"no type", "open:1", `{"data":1}`, nil, http.StatusBadRequest, "invalid", "type is missing"},
		{"type is null", "open:1", `{"type":null}`, nil, http.StatusBadRequest, "invalid", "type is missing"},
		{"twice", "open:1", `{"type":"x","type":"y"}`, nil, http.StatusBadRequest, "invalid", "twice"},
		{"source is no text", "open:1", `{"type":"x","source":1}`, nil, http.StatusBadRequest, "invalid", "source"},
		{"old version", "open:1", `{"type":"x","specversion":"0.3"}`, nil, http.StatusBadRequest, "invalid", "specversion"},
		{"body not UTF-8", "open:1", "{\"type\":\"\xff\"}", nil, http.StatusBadRequest, "invalid", "UTF-8"},
		{"too large", "open:1", `{"type":"x","data":"` + strings.Repeat("x", 4096) + `"}`, nil, http.StatusRequestEntityTooLarge, "too_large", "4096"},
		{"too many", "open:1", six, nil, http.StatusRequestEntityTooLarge, "too_large", "5"},
		{"no content type", "open:1", `{"type":"x"}`, []string{"Content-Type: "}, http.StatusBadRequest, "invalid", "application/json"},
		{"text", "open:1", `{"type":"x"}`, []string{"Content-Type: text/plain"}, http.StatusUnsupportedMediaType, "invalid", "application/json"},
		{"latin", "open:1", `{"type":"x"}`, []string{"Content-Type: application/json; charset=latin1"}, http.StatusUnsupportedMediaType, "invalid", "UTF-8"},
		{"broken content type", "open:1", `{"type":"x"}`, []string{"Content-Type: application/json;;"}, http.StatusUnsupportedMediaType, "invalid", "application/json"},
		{"producer", "open:1", `{"type":"x"}`, []string{"Producer-Id: p"}, http.StatusBadRequest, "invalid", "idempotent"},
		{"closing", "open:1", ``, []string{"Stream-Closed: true"}, http.StatusBadRequest, "invalid", "Stream-Closed"},
		{"sequence", "open:1", `{"type":"x"}`, []string{"Stream-Seq: 1"}, http.StatusBadRequest, "invalid", "If-Match"},
		{"nobody", "open:1", `{"type":"x"}`, []string{"Test-Caller: nobody"}, http.StatusUnauthorized, "unauthenticated", "who"},
		{"another actor", "open:1", `{"type":"x","actor":"eve"}`, nil, http.StatusForbidden, "forbidden", "eve"},
		{"system key", "open:1", `{"type":"x","recountmeta":"{\"$a\":1}"}`, nil, http.StatusBadRequest, "invalid", "$a"},
		{"past a decider", "closed:1", `{"type":"x"}`, nil, http.StatusForbidden, "forbidden", "command"},
		{"schema", "strict:1", `{"type":"card_added","data":{}}`, nil, http.StatusUnprocessableEntity, "rejected", "title"},
		{"unknown type", "strict:1", `{"type":"card_aded","data":{}}`, nil, http.StatusUnprocessableEntity, "rejected", "card_added"},
		{"system stream", "$sys:1", `{"type":"x"}`, nil, http.StatusForbidden, "forbidden", "$sys"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			got := h.ask(http.MethodPost, "/v1/streams/"+c.stream, c.body, c.headers...)
			code, detail := got.problem(t)
			if got.status != c.status || code != c.code || !strings.Contains(detail, c.detail) {
				t.Errorf("status %d: %s", got.status, got.body)
			}
		})
	}

	t.Cleanup(func() {
		for _, stream := range []event.Stream{"open:1", "closed:1", "strict:1"} {
			if head, err := h.log.Head(t.Context(), stream); head != 0 {
				t.Errorf("%s is at %d: %v", stream, head, err)
			}
		}
	})
}

// TestAppendKinds sends the content types and attributes that are taken.
func TestAppendKinds(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	for i, c := range []struct{ contentType, body, want string }{
		{"application/json", `{"type":"x"}`, `"type":"x"`},
		{"application/json; charset=UTF-8", `{"type":"x","data":null}`, `"data":null`},
		{"application/cloudevents+json", `{"specversion":"1.0","id":"i-1","source":"https://example.com/app","type":"x","data":0}`, `\"cloudevents\":{\"source\":\"https://example.com/app\"}`},
		{"application/cloudevents-batch+json", `[{"specversion":"1.0","id":"i-2","source":"/a:1","type":"x"}]`, `"id":"i-2"`},
		{"application/json", `{"source":null,"id":null,"specversion":null,"type":"x","subject":"s","time":"2026-11-21T10:00:00Z"}`, `"subject":"s","time":"2026-11-21T10:00:00.000Z"`},
		{"application/json", `{"type":"x","traceparent":"00-1","source":"other"}`, `\"traceparent\":\"00-1\"`},
		{"application/json", `{"type":"x","datacontenttype":"text/plain","data":"hi"}`, `"data_base64":"aGk="`},
		{"application/json", `{"type":"x","data_base64":"eyJhIjogMX0="}`, `"data":{"a": 1}`},
		{"application/json", `{"type":"x","correlationid":"c","causationid":"d","recountmeta":"{\"a\":1}"}`, `"correlationid":"c","causationid":"d","recountmeta":"{\"a\":1}"`},
		{"application/json", `{"type":"x","streamversion":"99","position":"0000000000000099","recordedtime":"2001-01-01T00:00:00Z"}`, `"type":"x"`},
	} {
		h.ask(http.MethodPost, "/v1/streams/a:1", c.body, "Content-Type: "+c.contentType).expect(t, http.StatusOK)

		got := h.ask(http.MethodGet, "/v1/streams/a:1?offset="+string(rune('0'+i)), "")
		if !strings.Contains(got.body, c.want) || got.versions(t) != string(rune('1'+i)) && i < 9 || strings.Contains(got.body, "2001") {
			t.Errorf("%s: %s", c.body, got.body)
		}
	}

	for _, e := range readAll(t, h.log, "a:1") {
		if e.Origin != event.Native || e.Actor != "ada" {
			t.Errorf("%+v", e)
		}
	}

	h.ask(http.MethodPost, "/v1/streams/$sys:1", `{"type":"x","actor":"eve"}`, "Test-Caller: admin").expect(t, http.StatusOK)
	if e := readAll(t, h.log, "$sys:1"); len(e) != 1 || e[0].Actor != "eve" {
		t.Errorf("%+v", e)
	}
}

func readAll(t *testing.T, log store.Log, stream event.Stream) []event.Event {
	t.Helper()

	var events []event.Event
	for e, err := range log.Read(t.Context(), stream, store.Range{}) {
		must(t, err)

		events = append(events, e)
	}

	return events
}
