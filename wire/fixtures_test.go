package wire_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/wire"
)

func updating() bool {
	f := flag.Lookup("update")

	return f != nil && f.Value.String() == "true"
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the files in testdata anew")
	os.Exit(m.Run())
}

// golden compares got with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()

	path := filepath.Join("testdata", name)
	if updating() {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	gotLines, wantLines := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		if i >= len(gotLines) || i >= len(wantLines) || gotLines[i] != wantLines[i] {
			t.Fatalf("%s: line %d differs (run with -update if that is right)\n got: %s\nwant: %s",
				path, i+1, lineAt(gotLines, i), lineAt(wantLines, i))
		}
	}
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}

	return "(no line)"
}

// specimens are events with everything that an encoder may get wrong.
func specimens() []event.Event {
	moment := time.Date(2026, time.November, 21, 10, 0, 0, 0, time.UTC)
	specimens := []event.Event{
		{Type: "card_added", Data: []byte(`{"title":"Coffee"}`)},
		{Type: "card_added", Actor: "ada", Subject: "card-7", Data: []byte(`{"title":"Tea"}`), Meta: event.Meta{
			Correlation: "c-1", Causation: "0193", Extra: json.RawMessage(`{"reason":"typo","n":[1, 2]}`),
		}},
		{Type: "voted"},
		{Type: "voted", Data: []byte(`null`)},
		{Type: "voted", Data: []byte(`"text"`)},
		{Type: "voted", Data: []byte(`{ "a" : 1.0, "a":	2e400 }`)},
		{Type: "voted", Data: []byte("{\n\t\"pretty\": true\n}")},
		{Type: "voted", Data: []byte(" 1 ")},
		{Type: "voted", Data: []byte("<&>\u2028 é 😀"), ContentType: "text/plain; charset=utf-8"},
		{Type: "voted", Data: []byte("\"<&>\u2028 é 😀 \\ud800 \\/\"")},
		{Type: "voted", Data: []byte{0, 1, 0xff}, ContentType: "image/png"},
		{Type: "voted", Data: []byte(`{}`), ContentType: "application/vnd.recount+json"},
		{Type: "voted", Data: []byte("[\r\n]"), ContentType: "application/vnd.recount+json"},
		{Type: "voted", ContentType: "image/png"},
		{Type: `quote"back\slash`, Actor: "Zoë <z@example.com>", Subject: "日本語"},
		{Type: "a", Stream: "meeting:a/b?c#d%e f:g", Meta: event.Meta{Extra: json.RawMessage("{ }\n")}},
		{Type: "a", Stream: "größe:日本語 😀", Time: time.Date(1, 1, 1, 0, 0, 0, 1e6, time.UTC)},
		{Type: "a", Stream: "a:-._~:@!$&'()*+,;=", Time: time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)},
		{Type: "a", Stream: "$schedule:..", Version: 1 << 53, Meta: event.Meta{Extra: json.RawMessage(`{"$command":"x"}`)}},
	}

	for i := range specimens {
		e := &specimens[i]
		e.ID = event.NewUUIDv7(moment, event.UUID{15: byte(i)}).ID()
		e.Position = event.PositionAt(uint64(i) + 1)
		e.Recorded = moment.Add(time.Duration(i) * time.Millisecond)
		if e.Stream == "" {
			e.Stream = "meeting:42"
		}

		if e.Version == 0 {
			e.Version = event.Version(i + 1)
		}

		if e.Time.IsZero() {
			e.Time = e.Recorded.Add(-time.Second)
		}
	}

	return specimens
}

func TestFixtures(t *testing.T) {
	t.Parallel()

	var lines, views []byte
	for _, e := range specimens() {
		lines = append(wire.AppendCloudEvent(lines, &e), '\n')
		views = append(wire.AppendEvent(views, &e), '\n')
	}

	golden(t, "cloudevents.ndjson", lines)
	golden(t, "events.ndjson", views)

	for i, line := range bytes.Split(bytes.TrimSpace(views), []byte{'\n'}) {
		if !json.Valid(line) {
			t.Errorf("events.ndjson: line %d is not JSON: %s", i+1, line)
		}
	}
}

// TestForeign reads lines that other producers wrote, good and bad, and shows
// each as the line we would export, or as the error.
func TestForeign(t *testing.T) {
	t.Parallel()

	input, err := os.ReadFile(filepath.Join("testdata", "foreign.ndjson"))
	if err != nil {
		t.Fatal(err)
	}

	var out []byte
	for line := range bytes.SplitSeq(bytes.TrimSuffix(input, []byte{'\n'}), []byte{'\n'}) {
		stream, draft, err := wire.ParseCloudEvent(line)
		if err != nil {
			report, _ := json.Marshal(map[string]string{"code": string(fault.Of(err)), "message": err.Error()})
			out = append(append(out, report...), '\n')

			continue
		}

		if draft.Origin != event.Imported {
			t.Errorf("the draft of %s has the origin %v", line, draft.Origin)
		}

		e := recorded(stream, &draft)
		out = append(wire.AppendCloudEvent(out, &e), '\n')
	}

	golden(t, "foreign.golden.ndjson", out)
}

// recorded returns the event that an empty log would make of a draft.
func recorded(stream event.Stream, d *event.Draft) event.Event {
	e := event.Event{
		ID: d.ID, Stream: stream, Version: 1, Position: event.PositionAt(1),
		Type: d.Type, Time: d.Time, Recorded: d.Recorded, Actor: d.Actor, Subject: d.Subject,
		ContentType: d.ContentType, Data: d.Data, Meta: d.Meta, Origin: d.Origin,
	}

	if e.Recorded.IsZero() {
		e.Recorded = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)
	}

	if e.Time.IsZero() {
		e.Time = e.Recorded
	}

	return e
}
