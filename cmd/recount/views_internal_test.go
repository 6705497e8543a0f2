package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/projection/journal"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// withJournal returns a program whose views have the journal of a log.
func withJournal(t *testing.T) (*program, store.Log) {
	t.Helper()

	p := newProgram(t)
	p.env[viewsVariable] = "sqlite:" + filepath.Join(t.TempDir(), "views.db")

	backend := memory.New()

	views, err := projection.Open(t.Context(), p.env[viewsVariable])
	if err != nil {
		t.Fatal(err)
	}

	runner, err := projection.New(t.Context(), projection.Settings{
		Log: backend.Log, Views: views, Definitions: []*projection.Definition{journal.New(journal.Options{})},
	})
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(context.Background())

	var running sync.WaitGroup
	running.Go(func() { runner.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()

		if err := views.Close(); err != nil {
			t.Error(err)
		}
	})

	receipt, err := backend.Log.Append(t.Context(), store.Batch{Stream: "meeting:42", Drafts: []event.Draft{
		{Type: "card_added", Actor: "ada", Data: []byte(`{"title":"Tea"}`)}, {Type: "card_removed"},
	}})
	if err != nil {
		t.Fatal(err)
	}

	every := time.NewTicker(time.Millisecond)
	defer every.Stop()

	for runner.WaitFor(t.Context(), journal.Name, receipt.Position) != nil {
		<-every.C // it is being built
	}

	return p, backend.Log
}

func TestSQL(t *testing.T) {
	t.Parallel()

	p, _ := withJournal(t)
	if got := p.run("sql", "select version, type, data, repeat_of from journal order by position").must(t); got != "1\tcard_added\t{\"title\":\"Tea\"}\t\n2\tcard_removed\t\t\n" {
		t.Errorf("got %q", got)
	}

	if got := p.run("sql", "select version, type, data from journal where version = 1", "--json").must(t); got != `{"version":1,"type":"card_added","data":"{\"title\":\"Tea\"}"}`+"\n" {
		t.Errorf("got %q", got)
	}

	if got := p.run("sql", "select version from journal order by version", "--limit", "1").must(t); got != "1\n" {
		t.Errorf("got %q", got)
	}

	p.terminal = true
	if got := p.run("sql", "select version, type from journal order by version", "--limit", "1"); !strings.Contains(got.stdout, "version") || !strings.Contains(got.stderr, "there are more rows") {
		t.Errorf("on a terminal: %+v", got)
	}

	p.terminal = false

	for statement, want := range map[string]string{
		"delete from journal":     "recount: the SQL: it begins with delete",
		"select typ from journal": "there is no column typ: did you mean type?",
		"select * from journl":    "there is no view journl: did you mean journal?",
		"select 1; select 2":      "2 statements",
	} {
		if got := p.run("sql", statement); got.code == exitOK || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: %+v", statement, got)
		}
	}

	const endless = "with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c"
	if got := p.run("sql", endless, "--timeout", "100ms"); got.code == exitOK || !strings.Contains(got.stderr, "it took longer than 100ms") {
		t.Errorf("%s: %+v", endless, got)
	}
}

// TestNoViews sees what is said where there are none: they are not made.
func TestNoViews(t *testing.T) {
	t.Parallel()

	p := newProgram(t)
	file := filepath.Join(t.TempDir(), "none.db")

	for url, want := range map[string]string{
		"sqlite:" + file:   "there are no views in " + file + ": recount serve makes them",
		"sqlite::memory:":  "in the memory of another process",
		"mysql://x":        "give sqlite:FILE",
		"postgres://%zz@x": "is not one of PostgreSQL",
	} {
		for range 2 {
			if got := p.run("sql", "select 1", "--views", url); got.code == exitOK || !strings.Contains(got.stderr, want) {
				t.Errorf("%s: %+v", url, got)
			}
		}
	}
}

// TestReadingWaitsForNoWriter sees that what only reads neither waits for a writer
// nor leaves anything in a file that has no views.
func TestReadingWaitsForNoWriter(t *testing.T) {
	t.Parallel()

	p, _ := withJournal(t)
	foreign := filepath.Join(t.TempDir(), "foreign.db")

	for file, statement := range map[string]string{strings.TrimPrefix(p.env[viewsVariable], "sqlite:"): "begin immediate", foreign: "create table notes (n int)"} {
		db, err := sql.Open("sqlite", file+"?_pragma=busy_timeout(60000)")
		if err != nil {
			t.Fatal(err)
		}

		db.SetMaxOpenConns(1)
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})

		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}

	began := time.Now()

	if got := p.run("sql", "select 1").must(t); got != "1\n" {
		t.Errorf("got %q", got)
	}

	if got := p.run("projections", "list").must(t); !strings.HasPrefix(got, "journal\t") {
		t.Errorf("got %q", got)
	}

	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}

	for _, args := range [][]string{{"sql", "select 1"}, {"projections", "list"}} {
		if got := p.run(append(args, "--views", "sqlite:"+foreign)...); got.code == exitOK || !strings.Contains(got.stderr, "there are no views") {
			t.Errorf("%v in a foreign file: %+v", args, got)
		}
	}
}

func TestProjectionCommands(t *testing.T) {
	t.Parallel()

	p, log := withJournal(t)
	if got := strings.Fields(p.run("projections", "list").must(t)); len(got) < 5 || got[0] != "journal" || got[3] != "0000000000000002" && got[2] != "catching" {
		t.Errorf("got %q", got)
	}

	var status struct {
		Name, State string
		Generation  int
		Streams     []string
		Lag         *uint64
	}

	look := func() {
		status.Streams, status.Lag = nil, nil
		if err := json.Unmarshal([]byte(p.run("projections", "list", "--json").must(t)), &status); err != nil {
			t.Fatal(err)
		}
	}

	if look(); status.Name != "journal" || status.Generation != 1 {
		t.Errorf("got %+v", status)
	}

	await := func(what string, reached func() bool) {
		t.Helper()

		every := time.NewTicker(10 * time.Millisecond)
		defer every.Stop()

		for end := time.Now().Add(time.Minute); ; <-every.C {
			if look(); reached() {
				return
			}

			if time.Now().After(end) {
				t.Fatalf("%s: %+v", what, status)
			}
		}
	}

	p.run("projections", "pause", "journal").must(t)
	await("paused", func() bool { return status.State == "paused" })

	if status.Lag != nil {
		t.Errorf("paused, and %d behind", *status.Lag)
	}

	if got := strings.Split(strings.TrimSuffix(p.run("projections", "list").must(t), "\n"), "\t"); strings.Join(got[4:], "") != "" {
		t.Errorf("paused: got %q", got)
	}

	p.run("projections", "resume", "journal").must(t)
	await("resumed", func() bool { return status.State == "live" && status.Lag != nil && *status.Lag == 0 })

	if got := p.run("projections", "rebuild", "journal").must(t); got != "journal will be built anew, beside the one that is live.\n" {
		t.Errorf("got %q", got)
	}

	await("rebuilt", func() bool { return status.Generation == 2 && status.State == "live" })
	p.run("projections", "rebuild", "journal", "--stream", "meeting:42", "--json").must(t)
	await("rebuilt a stream", func() bool { return len(status.Streams) == 0 })

	if got := p.run("sql", "select count(*) as n from journal").must(t); got != "2\n" {
		t.Errorf("afterwards there are %s rows", got)
	}

	state, err := log.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	for args, want := range map[string]string{
		"pause jurnal":                             "there is no projection jurnal: did you mean journal?",
		"resume nothing":                           "there is no projection nothing: recount projections list shows all",
		"rebuild journal --stream x":               "x",
		"skip journal x":                           `"x" is not a position`,
		"skip journal " + state.Head.String():      "journal",
		"rebuild journal --views sqlite:/none/x.y": "there are no views",
	} {
		if got := p.run(append([]string{"projections"}, strings.Fields(args)...)...); got.code == exitOK || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: %+v", args, got)
		}
	}
}

// TestAudit sees which events came from which command.
func TestAudit(t *testing.T) {
	t.Parallel()

	backend := memory.New()
	p := sharing(backend)

	command := func(meta string) event.Meta { return event.Meta{Extra: json.RawMessage(meta)} }

	_, err := backend.Log.Append(t.Context(), store.Batch{Stream: "order:1", Drafts: []event.Draft{
		{Type: "placed", Actor: "ada", Meta: command(`{"$command":{"name":"place","id":"1","version":2}}`), Data: []byte(`{"n":1}`)},
		{Type: "reserved", Actor: "ada"},
		{Type: "noted", Actor: "bob", Subject: "note"},
		{Type: "paid", Actor: "ada", Meta: command(`{"$command":{"name":"pay"}}`)},
		{Type: "seen"},
	}})
	if err != nil {
		t.Fatal(err)
	}

	var got []string
	for line := range strings.Lines(p.run("audit", "order:1").must(t)) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if _, err := time.Parse(time.RFC3339, cells[1]); err != nil {
			t.Error(err)
		}

		got = append(got, strings.Join(append(cells[:1], cells[2:]...), " "))
	}

	if want := []string{`1 ada place placed  {"n":1}`, `2 ada place reserved  `, `3 bob  noted note `, `4 ada pay paid  `, `5   seen  `}; strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}

	var line struct {
		Version              int
		Actor, Command, Type string
	}

	if err := json.Unmarshal([]byte(p.run("audit", "order:1", "--json", "--limit", "1").must(t)), &line); err != nil || line.Command != "place" || line.Actor != "ada" || line.Type != "placed" {
		t.Errorf("got %+v, %v", line, err)
	}

	if got := p.run("audit", "ordr:1"); got.code == exitOK || !strings.Contains(got.stderr, "did you mean order:1?") {
		t.Errorf("got %+v", got)
	}
}
