package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// hostileStreams, hostileData and the like are everything that is allowed and
// that somebody may get wrong on the way out or in.
func hostileStreams() []event.Stream {
	return []event.Stream{
		"meeting:42", "a:b:c", "a:/../x", "a:%2F%", "größe:日本語 😀", `q:"quoted"\`, "s: ", "$sys:1",
		event.Stream("long:" + strings.Repeat("ü", 125)), "a:?x=1#y", "a:\u2028\u202e\ufeff\ufffd",
	}
}

func hostileDrafts() []event.Draft {
	return []event.Draft{
		{},
		{Data: []byte(`null`)},
		{Data: []byte(`{"a":1,"a":1.0e+400,"ü":"\u0000\ud800\/"}`)},
		{Data: []byte("{\n\t\"pretty\": [\r\n1 ]\n}\n")},
		{Data: []byte(" \"spaces around\"\t")},
		{Data: []byte("\"line separators \u2028 \u2029, a mark \ufeff\"")},
		{Data: []byte(strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000))},
		{Data: []byte(`"` + strings.Repeat("x", 1<<20-2) + `"`)},
		{Data: []byte(strings.Repeat("\x00\xff\n", (1<<20)/3)), ContentType: "application/octet-stream"},
		{Data: []byte("plain\ntext"), ContentType: "text/plain; charset=utf-8"},
		{Data: []byte(`{}`), ContentType: "application/json"},
		{Data: []byte(`{}`), ContentType: "application/vnd.x+json"},
		{ContentType: "image/png"},
		{Actor: `"<ada&bob>"\`, Subject: strings.Repeat("é", 127)},
		{Meta: event.Meta{Correlation: "c\u2028", Causation: "🎉", Extra: json.RawMessage("{\n \"$x\" : [ 1 ] }\n")}},
		{Meta: event.Meta{Extra: json.RawMessage(`{"pad":"` + strings.Repeat(`\"`, 8000) + `"}`)}},
		{Time: time.Date(1, 1, 1, 0, 0, 0, 2e6, time.UTC)},
		{Time: time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)},
		{ID: event.ID(strings.Repeat("ö", 64))},
		{ID: event.NewID()},
	}
}

// fillHostile appends hostile events to a log, in appends of one to many.
func fillHostile(t *testing.T, log store.Log) {
	t.Helper()

	random := rand.New(rand.NewPCG(1, 2))
	streams, drafts := hostileStreams(), hostileDrafts()
	for n := 0; len(drafts) > 0; n++ {
		size := min(len(drafts), random.IntN(4)+1)
		var batches []store.Batch
		for _, d := range drafts[:size] {
			d.Type = fmt.Sprintf("happened_%d", n)
			batches = append(batches, store.Batch{Stream: streams[random.IntN(len(streams))], Drafts: []event.Draft{d}})
		}

		drafts = drafts[size:]
		if _, err := log.Append(t.Context(), batches...); err != nil {
			t.Fatal(err)
		}
	}

	for _, s := range streams {
		if _, err := log.Append(t.Context(), store.Batch{Stream: s, Drafts: []event.Draft{{Type: `"\é`}, {Type: strings.Repeat("t", 128)}}}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestExportImportExport states the law of exports, through the commands, for
// every way to import and every pair of stores.
func TestExportImportExport(t *testing.T) {
	t.Parallel()

	p := newProgram(t)
	b, err := backends.Open(t.Context(), p.env[storeVariable])
	if err != nil {
		t.Fatal(err)
	}

	fillHostile(t, b.Log)
	if err := b.Log.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	exported := p.run("export").must(t)
	if strings.Count(exported, "\n") != 42 {
		t.Fatalf("%d lines", strings.Count(exported, "\n"))
	}

	memoryStore := memory.New()
	t.Cleanup(func() { _ = memoryStore.Log.Close(context.Background()) })

	for name, to := range map[string]*program{"pebble": newProgram(t), "atomic": newProgram(t), "memory": sharing(memoryStore)} {
		args := []string{"import"}
		if name == "atomic" {
			args = append(args, "--atomic")
		}

		for round, want := range []string{
			"42 lines: 42 imported, 0 already there, 0 refused\n",
			"42 lines: 0 imported, 42 already there, 0 refused\n",
		} {
			if got := to.runWith(exported, args...).must(t); got != want {
				t.Errorf("%s, round %d: %s", name, round, got)
			}

			if again := to.run("export").must(t); again != exported {
				t.Errorf("%s, round %d: the export differs:\n%.2000s", name, round, diff(exported, again))
			}
		}
	}
}

// TestImportedOrigin sees that imported events are marked as such.
func TestImportedOrigin(t *testing.T) {
	t.Parallel()

	b := memory.New()
	defer b.Log.Close(t.Context())

	sharing(b).runWith(`{"specversion":"1.0","id":"1","source":"/meeting:42","type":"opened"}`, "import").must(t)
	for e, err := range b.Log.Read(t.Context(), "meeting:42", store.Range{}) {
		if err != nil || e.Origin != event.Imported {
			t.Errorf("got origin %v, error %v", e.Origin, err)
		}
	}
}
