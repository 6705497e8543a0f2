package event_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

func TestCheckDraft(t *testing.T) {
	t.Parallel()

	long := strings.Repeat("x", 1000)

	for _, c := range []struct {
		name  string
		draft event.Draft
		want  string // "" means that it is right
	}{
		{"smallest", event.Draft{Type: "a"}, ""},
		{"full", (&event.Event{Type: "a", ID: "b", Actor: "c", Subject: "d", ContentType: "text/plain", Data: []byte{0xff}}).Draft(event.Copied), ""},
		{"no type", event.Draft{}, "type is empty: give it a name"},
		{"long type", event.Draft{Type: long}, "type has 1000 bytes, the limit is 128: shorten it"},
		{"long id", event.Draft{Type: "a", ID: event.ID(long)}, "id has 1000 bytes, the limit is 128: shorten it"},
		{"long actor", event.Draft{Type: "a", Actor: long}, "actor has 1000 bytes, the limit is 255: shorten it"},
		{"newline", event.Draft{Type: "a", Subject: "b\n"}, `subject "b\n" has a control character at byte 1: leave it out`},
		{"latin 1", event.Draft{Type: "caf\xe9"}, `type "caf\xe9" is not UTF-8 at byte 3: encode it as UTF-8`},
		{"correlation", event.Draft{Type: "a", Meta: event.Meta{Correlation: "\x00"}}, `correlation "\x00" has a control character at byte 0: leave it out`},
		{"meta is a list", event.Draft{Type: "a", Meta: event.Meta{Extra: []byte("[]")}}, `meta "[]" is not a JSON object: give an object such as {"reason":"typo"}`},
		{"no json", event.Draft{Type: "a", Data: []byte("Coffee")}, `data "Coffee" is not JSON (byte 1: invalid character 'C' looking for beginning of value): quote text ("…"), or state another content type`},
		{"cut off", event.Draft{Type: "a", Data: []byte(`{"a":`)}, `data "{\"a\":" is not JSON (byte 5: unexpected end of JSON input): quote text ("…"), or state another content type`},
		{"json in latin 1", event.Draft{Type: "a", Data: []byte("\"caf\xe9\"")}, "data is not UTF-8, as JSON has to be: encode it as UTF-8, or state another content type"},
		{"no media type", event.Draft{Type: "a", ContentType: "json"}, `content type "json" is not a media type: give one such as application/json or text/plain`},
		{"native with recorded time", event.Draft{Type: "a", Recorded: time.Unix(1, 0)}, "recorded time is set on an event that happens here: leave it out, or mark the event's origin"},
		{"imported with recorded time", event.Draft{Type: "a", Recorded: time.Unix(1, 0), Origin: event.Imported}, ""},
		{"recorded before 1970", event.Draft{Type: "a", Recorded: time.Unix(-1, 0), Origin: event.Imported}, "recorded time lies outside the years 1970 to 9999"},
		{"year 10000", event.Draft{Type: "a", Time: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)}, "time lies outside the years 1 to 9999"},
		{"year 0", event.Draft{Type: "a", Time: time.Date(0, 12, 31, 23, 59, 59, 0, time.UTC)}, "time lies outside the years 1 to 9999"},
		{"almost the zero time", event.Draft{Type: "a", Time: time.Time{}.Add(time.Microsecond)}, "time lies outside the years 1 to 9999"},
		{"year 1", event.Draft{Type: "a", Time: time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC)}, ""},
	} {
		err := event.Limits{}.CheckDraft(&c.draft)
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%s: got error %v, want %q", c.name, err, c.want)
		}
	}
}

func TestLimitsHaveCodes(t *testing.T) {
	t.Parallel()

	large := event.Draft{Type: "a", Data: make([]byte, 1<<20+1), ContentType: "image/png"}
	if got := fault.Of(event.Limits{}.CheckDraft(&large)); got != fault.CodeTooLarge {
		t.Errorf("too much data: got %s, want %s", got, fault.CodeTooLarge)
	}

	if got := fault.Of(event.Limits{}.CheckDraft(&event.Draft{})); got != fault.CodeInvalid {
		t.Errorf("no type: got %s, want %s", got, fault.CodeInvalid)
	}
}

func TestLimitsMayBeSet(t *testing.T) {
	t.Parallel()

	l := event.Limits{Stream: 8, Type: 4, ID: 5, Name: 6, Meta: 7, Data: 9}
	if err := l.CheckStream("meet:123"); err != nil {
		t.Error(err)
	}

	if err := l.CheckStream("meet:1234"); fault.Of(err) != fault.CodeTooLarge {
		t.Errorf("a stream of 9 bytes: %v", err)
	}

	fits := event.Draft{Type: "1234", ID: "12345", Actor: "123456", Subject: "123456", Meta: event.Meta{Correlation: "12345", Extra: []byte("{}")}, Data: []byte("123456789")}
	if err := l.CheckDraft(&fits); err != nil {
		t.Error(err)
	}

	for field, grow := range map[string]func(d *event.Draft){
		"type":    func(d *event.Draft) { d.Type += "5" },
		"id":      func(d *event.Draft) { d.ID += "6" },
		"actor":   func(d *event.Draft) { d.Actor += "7" },
		"subject": func(d *event.Draft) { d.Subject += "7" },
		"meta":    func(d *event.Draft) { d.Meta.Causation = "1" },
		"data":    func(d *event.Draft) { d.Data = []byte("1234567890") },
	} {
		d := fits
		grow(&d)

		e, ok := errors.AsType[*event.Error](l.CheckDraft(&d))
		if !ok || e.Field != field || !e.TooLarge {
			t.Errorf("%s over its limit: got %+v", field, e)
		}
	}
}

func FuzzDraftCheck(f *testing.F) {
	f.Add("card_added", []byte(`{"n":1}`), "", "id", "ann", "card:1", "c", "d", []byte(`{"e":1}`), int64(0), int64(0), uint8(0))
	f.Add("", []byte("\xff"), "text/plain; x=\"", "\x00", "\u0085", "\xed\xa0\x80", "", "", []byte("[]"), int64(math.MinInt64), int64(math.MaxInt64), uint8(1))
	f.Add("a", []byte(strings.Repeat("[", 20_000)), "+json", "", "", "", "", "", []byte("{"), int64(-62135596800000), int64(1), uint8(2))

	f.Fuzz(func(t *testing.T, typ string, data []byte, contentType, id, actor, subject, correlation, causation string, extra []byte, at, recorded int64, origin uint8) {
		d := event.Draft{
			Type: typ, Data: data, ContentType: contentType, ID: event.ID(id), Actor: actor, Subject: subject,
			Meta: event.Meta{Correlation: correlation, Causation: causation, Extra: extra}, Origin: event.Origin(origin % 4),
		}
		if at != 0 {
			d.Time = time.UnixMilli(at)
		}

		if recorded != 0 {
			d.Recorded = time.UnixMilli(recorded)
		}

		err := event.Limits{}.CheckDraft(&d)
		if code := fault.Of(err); code != "" && code != fault.CodeInvalid && code != fault.CodeTooLarge {
			t.Errorf("%+v: code %s: %v", d, code, err)
		}

		if err == nil {
			wantSound(t, &d)
		}
	})
}

// wantSound checks a draft that was let through against what every door of the
// house relies on.
func wantSound(t *testing.T, d *event.Draft) {
	t.Helper()

	for _, name := range []string{d.Type, string(d.ID), d.Actor, d.Subject, d.ContentType, d.Meta.Correlation, d.Meta.Causation} {
		if !utf8.ValidString(name) || len(name) > 255 || strings.ContainsAny(name, "\x00\n\r\x7f") {
			t.Errorf("%q was let through", name)
		}
	}

	if d.Type == "" || len(d.Data) > 1<<20 || d.Meta.Size() > 16<<10 {
		t.Errorf("type %q, %d bytes of data and %d of meta were let through", d.Type, len(d.Data), d.Meta.Size())
	}

	if event.IsJSON(d.ContentType) && len(d.Data) > 0 && (!json.Valid(d.Data) || !utf8.Valid(d.Data)) {
		t.Errorf("data %q was let through as JSON", d.Data)
	}

	if len(d.Meta.Extra) > 0 && json.Unmarshal(d.Meta.Extra, new(map[string]json.RawMessage)) != nil {
		t.Errorf("meta %q was let through", d.Meta.Extra)
	}

	if year := d.Time.UTC().Year(); year < 1 || year > 9999 {
		t.Errorf("year %d was let through", year)
	}

	if !d.Recorded.IsZero() && (d.Origin == event.Native || d.Recorded.UnixMilli() < 0) {
		t.Errorf("recorded time %s of origin %s was let through", d.Recorded, d.Origin)
	}
}
