package wire_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/wire"
)

// TestRecorded states that a recorded event arrives as it was sent, but for its
// origin.
func TestRecorded(t *testing.T) {
	t.Parallel()

	for _, e := range specimens() {
		checkRecorded(t, &e)
	}

	rapid.Check(t, func(t *rapid.T) {
		e := anEvent().Draw(t, "event")
		checkRecorded(t, &e)
	})
}

func checkRecorded(t fataler, e *event.Event) {
	t.Helper()

	line := wire.AppendCloudEvent(nil, e)
	got, err := wire.ParseRecorded(line)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}

	want := e.Clone()
	if got.ContentType == "" && want.ContentType == "application/json" {
		want.ContentType = "" // which means the same
	}

	if len(got.Data) == 0 && len(want.Data) == 0 {
		got.Data, want.Data = nil, nil
	}

	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\n got %+v\nwant %+v", line, got, want)
	}

	if again := wire.AppendCloudEvent(nil, &got); !bytes.Equal(again, line) {
		t.Fatalf("the second line differs\n got: %s\nwant: %s", again, line)
	}
}

func TestBadRecorded(t *testing.T) {
	t.Parallel()

	const (
		begin = `{"specversion":"1.0","id":"x","source":"/a:b","type":"t"`
		place = `,"streamversion":"3","position":"0000000000000007","recordedtime":"2026-11-21T10:00:00.000Z"}`
		help  = ` is missing or not as a log writes it: take the line as a log wrote it, with streamversion, position and recordedtime`
		none  = `, which no log gives: take the line as a log wrote it`
	)

	for _, c := range []struct{ name, line, want string }{
		{"a draft", begin + `}`, "streamversion" + help},
		{"no version", begin + strings.Replace(place, `"streamversion":"3",`, ``, 1), "streamversion" + help},
		{"version as number", begin + strings.Replace(place, `"3"`, `3`, 1), "streamversion" + help},
		{"version word", begin + strings.Replace(place, `"3"`, `"three"`, 1), "streamversion" + help},
		{"version zero", begin + strings.Replace(place, `"3"`, `"0"`, 1), `streamversion is "0"` + none},
		{"version huge", begin + strings.Replace(place, `"3"`, `"`+strings.Repeat("9", 99)+`"`, 1), `streamversion is "` + strings.Repeat("9", 39) + none},
		{"no position", begin + strings.Replace(place, `"position":"0000000000000007",`, ``, 1), "position" + help},
		{"position null", begin + strings.Replace(place, `"0000000000000007"`, `null`, 1), "position" + help},
		{"position array", begin + strings.Replace(place, `"0000000000000007"`, `[7]`, 1), "position" + help},
		{"position negative", begin + strings.Replace(place, `"0000000000000007"`, `"-7"`, 1), "position" + help},
		{"position zero", begin + strings.Replace(place, `"0000000000000007"`, `"0000000000000000"`, 1), `position is "0000000000000000"` + none},
		{"no recorded time", begin + `,"streamversion":"3","position":"7"}`, "recordedtime" + help},
		{"recorded time word", begin + strings.Replace(place, `"2026-11-21T10:00:00.000Z"`, `"now"`, 1), `recordedtime "now" is not a time: write it as RFC 3339, such as 2026-11-21T10:00:00.000Z`},
		{"position twice", begin + `,"position":"7"` + place, "position stands twice: keep one"},
		{"no id", strings.Replace(begin, `"id":"x",`, ``, 1) + place, "id is missing: a CloudEvent has at least specversion, id, source and type"},
		{"half a character", begin + `,"actor":"\ud800"` + place, "actor has half a character (a lone surrogate): write all of it or leave it out"},
	} {
		_, err := wire.ParseRecorded([]byte(c.line))
		wantError(t, c.name, err, fault.CodeInvalid, c.want)
	}

	for _, line := range []string{"", "[]", begin, begin + place + "x", "\xff", strings.Repeat("[", 1<<20)} {
		if _, err := wire.ParseRecorded([]byte(line)); fault.Of(err) != fault.CodeInvalid || !strings.HasPrefix(err.Error(), "not a CloudEvent: ") {
			t.Errorf("%.80q: got %v", line, err)
		}
	}

	e, err := wire.ParseRecorded([]byte(begin + place))
	if want := time.Date(2026, time.November, 21, 10, 0, 0, 0, time.UTC); err != nil || !e.Time.Equal(want) || e.Version != 3 || e.Position.Number() != 7 {
		t.Errorf("without a time: got %+v, %v", e, err)
	}
}

func FuzzParseRecorded(f *testing.F) {
	for _, line := range linesOf(f, "cloudevents.ndjson") {
		f.Add(line)
	}

	for _, line := range linesOf(f, "foreign.ndjson") {
		f.Add(line)
	}

	f.Fuzz(func(t *testing.T, line []byte) {
		before := bytes.Clone(line)
		e, err := wire.ParseRecorded(line)
		if !bytes.Equal(line, before) {
			t.Fatal("the line was changed")
		}

		d := e.Draft(event.Imported)
		if err != nil || (event.Limits{}).CheckStream(e.Stream) != nil || (event.Limits{}).CheckDraft(&d) != nil {
			return
		}

		checkRecorded(t, &e)
	})
}
