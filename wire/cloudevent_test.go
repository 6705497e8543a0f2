package wire_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/wire"
)

// TestRoundTrip states the law: what was exported, imported and exported again
// is the same to the byte, and nothing that the caller gave is lost.
func TestRoundTrip(t *testing.T) {
	t.Parallel()

	for _, e := range specimens() {
		checkRoundTrip(t, &e)
	}

	rapid.Check(t, func(t *rapid.T) {
		e := anEvent().Draw(t, "event")
		checkRoundTrip(t, &e)
	})
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func checkRoundTrip(t fataler, e *event.Event) {
	t.Helper()

	line := wire.AppendCloudEvent(nil, e)
	if !json.Valid(line) || bytes.ContainsAny(line, "\r\n") {
		t.Fatalf("%q is not one line of JSON", line)
	}

	stream, draft, err := wire.ParseCloudEvent(line)
	if err != nil {
		t.Fatalf("%s\ncannot be parsed: %v", line, err)
	}

	back := recorded(stream, &draft)
	back.Version, back.Position = e.Version, e.Position
	if again := wire.AppendCloudEvent(nil, &back); !bytes.Equal(again, line) {
		t.Fatalf("the second export differs\n got: %s\nwant: %s", again, line)
	}

	if !bytes.Equal(back.Data, e.Data) || !bytes.Equal(back.Meta.Extra, e.Meta.Extra) || back.Stream != e.Stream {
		t.Fatalf("got %+v\nwant %+v", back, *e)
	}
}

// anEvent draws events that pass the limits.
func anEvent() *rapid.Generator[event.Event] {
	return rapid.Custom(func(t *rapid.T) event.Event {
		e := event.Event{
			ID:       event.ID(name(40).Draw(t, "id")),
			Stream:   event.Stream(strings.ReplaceAll(name(20).Draw(t, "category"), ":", "") + "x:" + name(20).Draw(t, "stream id")),
			Version:  event.Version(rapid.Uint64Range(1, 1<<53).Draw(t, "version")),
			Position: event.PositionAt(rapid.Uint64Min(1).Draw(t, "position")),
			Type:     name(30).Draw(t, "type"),
			Actor:    rapid.OneOf(rapid.Just(""), name(30)).Draw(t, "actor"),
			Subject:  rapid.OneOf(rapid.Just(""), name(30)).Draw(t, "subject"),
			Time:     time.UnixMilli(rapid.Int64Range(-62135596799999, 253402300799999).Draw(t, "time")).UTC(),
			Recorded: time.UnixMilli(rapid.Int64Range(0, 253402300799999).Draw(t, "recorded")).UTC(),
			Meta: event.Meta{
				Correlation: rapid.OneOf(rapid.Just(""), name(30)).Draw(t, "correlation"),
				Causation:   rapid.OneOf(rapid.Just(""), name(30)).Draw(t, "causation"),
			},
		}

		if rapid.Bool().Draw(t, "has meta") {
			e.Meta.Extra = []byte("{" + space().Draw(t, "space") + `"k":` + jsonText().Draw(t, "meta") + "}" + space().Draw(t, "space"))
		}

		e.ContentType = rapid.SampledFrom([]string{"", "application/json", "text/plain", "image/png", "a/b+json"}).Draw(t, "content type")
		if e.IsJSON() {
			e.Data = []byte(jsonText().Draw(t, "data"))
		} else {
			e.Data = rapid.SliceOf(rapid.Byte()).Draw(t, "data")
		}

		d := e.Draft(event.Imported)
		if (event.Limits{}).CheckDraft(&d) != nil || (event.Limits{}).CheckStream(e.Stream) != nil {
			t.Skip("over a limit")
		}

		return e
	})
}

// name draws text without control characters.
func name(length int) *rapid.Generator[string] {
	return rapid.StringOfN(rapid.OneOf(
		rapid.RuneFrom([]rune(`azAZ09:/%"\<>&?#{}[],. +*$`)),
		rapid.Rune().Filter(func(r rune) bool { return r >= 0xa0 }),
	), 1, length, length*2)
}

func space() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.RuneFrom([]rune(" \t\r\n")), 0, 3, -1)
}

// jsonText draws JSON with white space wherever it may stand.
func jsonText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		pad := space().Draw(t, "space")
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			return pad + rapid.SampledFrom([]string{`0`, `-1.50e+400`, `true`, `null`, `""`, `"\ud800"`, `"\/\""`}).Draw(t, "scalar")
		case 1:
			quoted, _ := json.Marshal(rapid.String().Draw(t, "text"))

			return string(quoted) + pad
		case 2:
			return "[" + jsonText().Draw(t, "element") + pad + "," + jsonText().Draw(t, "element") + "]"
		case 3:
			return `{"` + pad[:min(len(pad), 0)] + `a":` + jsonText().Draw(t, "a") + `,"a":` + pad + jsonText().Draw(t, "b") + pad + "}"
		default:
			return pad + "{}" + pad
		}
	})
}

// TestDeepData nests data as deeply as JSON parsers allow.
func TestDeepData(t *testing.T) {
	t.Parallel()

	for _, depth := range []int{9_998, 9_999, 10_000} {
		for _, text := range []string{
			strings.Repeat("[", depth) + strings.Repeat("]", depth),
			strings.Repeat(`{"[":`, depth) + "1" + strings.Repeat("}", depth),
		} {
			e := specimens()[0]
			e.Data = []byte(text)
			checkRoundTrip(t, &e)
		}
	}

	e := specimens()[0]
	e.Data = []byte("[" + strings.Repeat(`["[[",{}],`, 20_000) + "1]")
	checkRoundTrip(t, &e)
	if line := wire.AppendCloudEvent(nil, &e); !bytes.Contains(line, []byte(`"data":[`)) {
		t.Error("a long list that is not deep should be embedded")
	}
}

func FuzzCloudEvent(f *testing.F) {
	for _, file := range []string{"cloudevents.ndjson", "foreign.ndjson"} {
		input, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			f.Fatal(err)
		}

		for line := range bytes.SplitSeq(input, []byte{'\n'}) {
			f.Add(line)
		}
	}

	f.Fuzz(func(t *testing.T, line []byte) {
		before := slices.Clone(line)
		stream, draft, err := wire.ParseCloudEvent(line)
		if !bytes.Equal(line, before) {
			t.Fatal("the line was changed")
		}

		if err != nil || (event.Limits{}).CheckStream(stream) != nil || (event.Limits{}).CheckDraft(&draft) != nil {
			return
		}

		e := recorded(stream, &draft)
		checkRoundTrip(t, &e)
		if view := wire.AppendEvent(nil, &e); !json.Valid(view) || bytes.ContainsAny(view, "\r\n") {
			t.Fatalf("%q is not one line of JSON", view)
		}
	})
}
