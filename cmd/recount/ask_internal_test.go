package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/projection/journal"
)

// TestCheckAndServeAgree sees that config check takes the queries that the server
// takes, and says of others what the server says.
func TestCheckAndServeAgree(t *testing.T) {
	t.Parallel()

	cards := cardsOfProgram()
	always := journal.New(journal.Options{})

	for name, c := range map[string]struct {
		sql  string
		made []*projection.Definition // that are in the views already
		want string                   // what is wrong, "" if nothing is
	}{
		"right":                           {"select actor from journal", nil, ""},
		"no column":                       {"select actr from journal", nil, "query asked: there is no column actr: did you mean actor?"},
		"no table":                        {"select * from cards", nil, "query asked: there is no view cards"},
		"nonsense":                        {"select actor journal type", nil, "query asked: the database says: "},
		"no table beside the journal":     {"select * from cards", []*projection.Definition{always}, "query asked: there is no view cards"},
		"table of a program":              {"select title from cards", []*projection.Definition{always, cards}, ""},
		"no column in one of a program":   {"select titel from cards", []*projection.Definition{always, cards}, "query asked: there is no column titel: the views that it reads have id, title"},
		"journal of a program":            {"select actor from journal", []*projection.Definition{always, cards}, ""},
		"no column, journal of a program": {"select actr from journal", []*projection.Definition{always, cards}, "query asked: there is no column actr: did you mean actor?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			folder := t.TempDir()
			config, views := filepath.Join(folder, "recount.yaml"), filepath.Join(folder, "views.db")
			must(t, os.WriteFile(config, []byte("store: pebble:data\nviews: sqlite:views.db\nauth: { anonymous: true }\ncategories: { meeting: }\nqueries:\n  asked: { sql: "+c.sql+" }\n"), 0o600))

			if c.made != nil {
				makeViews(t, folder, c.made...)
			}

			p := newProgram(t)
			p.env = nil

			checked := p.run("config", "check", config)
			if _, err := os.Stat(views); c.made == nil && err == nil {
				t.Error("the check made the views")
			}

			if c.want == "" {
				if got := checked.must(t); got != config+": ok: 1 category, 0 event types, 0 schemas, 0 signals, 0 guards\n" {
					t.Errorf("check: %s", got)
				}

				p.serve(t, "--config", config)

				return
			}

			if checked.code != exitFailed || !strings.HasPrefix(checked.stdout, config+":6:17: "+c.want) {
				t.Errorf("check: %+v", checked)
			}

			ctx, interrupt := context.WithTimeout(t.Context(), time.Minute)
			defer interrupt()

			var stderr bytes.Buffer
			if code := p.start(ctx, strings.NewReader(""), io.Discard, &stderr, "serve", "--listen", "127.0.0.1:0", "--config", config); code != exitFailed || !strings.Contains(stderr.String(), c.want) {
				t.Errorf("serve: exit code %d: %s", code, stderr.String())
			}
		})
	}
}

// cardsOfProgram returns a projection that only a Go program can have.
func cardsOfProgram() *projection.Definition {
	return projection.Define("cards", projection.Options{Tables: "create table cards (id text not null primary key, title text not null)"},
		projection.OnEach(func(context.Context, *projection.Tx, *event.Event) error { return nil }))
}

// makeViews makes a store in a folder, and views beside it with the tables of
// projections.
func makeViews(t *testing.T, folder string, made ...*projection.Definition) {
	t.Helper()

	backend, err := backends.Open(t.Context(), "pebble:"+filepath.Join(folder, "data"))
	must(t, err)

	views, err := projection.Open(t.Context(), "sqlite:"+filepath.Join(folder, "views.db"))
	must(t, err)

	_, err = projection.New(t.Context(), projection.Settings{Log: backend.Log, Views: views, Definitions: made})
	must(t, err)
	must(t, views.Close())
	must(t, backend.Log.Close(context.Background()))
}

// TestCheckCannotAsk sees that nothing is said of queries where nobody can be
// asked, but that.
func TestCheckCannotAsk(t *testing.T) {
	t.Parallel()

	folder := t.TempDir()
	config := filepath.Join(folder, "recount.yaml")

	makeViews(t, folder, cardsOfProgram())
	must(t, os.WriteFile(filepath.Join(folder, "broken.db"), []byte(strings.Repeat("no database ", 1000)), 0o600))

	for file, want := range map[string]string{
		"views.db":  "other programs made them, and they have no journal yet",
		"broken.db": "file is not a database",
	} {
		must(t, os.WriteFile(config, []byte("views: sqlite:"+file+"\nauth: { anonymous: true }\ncategories: { meeting: }\nqueries:\n  asked: { sql: select * from nothing }\n"), 0o600))

		got := newProgram(t).run("config", "check", config).must(t)
		if !strings.Contains(got, "note: whether the views understand the SQL of queries shows when the server starts: ") || !strings.Contains(got, want) {
			t.Errorf("%s: %s", file, got)
		}
	}
}

// TestCheckBesideUnfinishedJournal sees that the check waits for no journal: one
// that is not built yet cannot be asked.
func TestCheckBesideUnfinishedJournal(t *testing.T) {
	t.Parallel()

	folder := t.TempDir()
	config := filepath.Join(folder, "recount.yaml")

	p := newProgram(t)
	p.run("append", "meeting:42", "opened", "--store", "pebble:"+filepath.Join(folder, "data")).must(t)
	makeViews(t, folder, journal.New(journal.Options{}))
	must(t, os.WriteFile(config, []byte("views: sqlite:views.db\nauth: { anonymous: true }\ncategories: { meeting: }\nqueries:\n  asked: { sql: select actr from journal }\n"), 0o600))

	if got := p.run("config", "check", config); got.code != exitFailed || !strings.Contains(got.stdout, "there is no column actr: did you mean actor?") {
		t.Errorf("got %+v", got)
	}
}
