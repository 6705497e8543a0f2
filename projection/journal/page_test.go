package journal_test

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection/journal"
)

// shown returns the entries of a page as text: the version, and how many times.
func shown(p journal.Page) string {
	var out []string
	for i := range p.Entries {
		e := &p.Entries[i]
		text := fmt.Sprintf("%s/%d", e.Stream.ID(), e.Version)

		switch {
		case !e.RepeatOf.IsZero():
			text += fmt.Sprintf(" of %d", e.RepeatOf.Number())
		case e.Times > 1:
			text += fmt.Sprintf(" x%d", e.Times)
		}

		out = append(out, text)
	}

	if p.More {
		out = append(out, "…")
	}

	return strings.Join(out, ", ")
}

// viewed is a repeat by somebody, some minutes after.
func viewed(actor string, minutes int) event.Draft {
	return event.Draft{Type: "sliding", Actor: actor, Origin: event.Imported, Recorded: after(minutes)}
}

func TestPages(t *testing.T) {
	t.Parallel()

	onEach(t, journal.Options{Categories: declared()}, func(h *house) {
		t := h.t
		h.append("m:a", viewed("ada", 0), event.Draft{Type: "added", Actor: "ada", Subject: "card", Origin: event.Imported, Recorded: after(1)}, viewed("ada", 5), viewed("bob", 6), viewed("ada", 7))
		h.append("m:b", event.Draft{Type: "added", Actor: "bob"})
		h.append("n:a", event.Draft{Type: "added", Subject: "card"})
		h.wait()

		place := event.PositionAt
		for name, c := range map[string]struct {
			query journal.Query
			want  string
		}{
			"everything":         {journal.Query{}, "a/1, b/1, a/1 x3, a/4, a/2"},
			"one stream":         {journal.Query{Stream: "m:a"}, "a/1 x3, a/4, a/2"},
			"all of it":          {journal.Query{Stream: "m:a", All: true}, "a/5 of 1, a/4, a/3 of 1, a/2, a/1 x3"},
			"a category":         {journal.Query{Category: "n"}, "a/1"},
			"a type":             {journal.Query{Type: "added"}, "a/1, b/1, a/2"},
			"an actor":           {journal.Query{Actor: "bob"}, "b/1, a/4"},
			"a subject":          {journal.Query{Subject: "card"}, "a/1, a/2"},
			"several":            {journal.Query{Category: "m", Type: "added", Actor: "ada", Subject: "card", Stream: "m:a"}, "a/2"},
			"nothing":            {journal.Query{Stream: "m:a'; drop table journal; --"}, ""},
			"a few":              {journal.Query{Limit: 2}, "a/1, b/1, …"},
			"the rest":           {journal.Query{Limit: 2, Before: place(6)}, "a/1 x3, a/4, …"},
			"the end":            {journal.Query{Limit: 2, Before: place(4)}, "a/2"},
			"a few of all":       {journal.Query{Limit: 3, All: true, Before: place(6)}, "a/5 of 1, a/4, a/3 of 1, …"},
			"the rest of all":    {journal.Query{Limit: 3, All: true, Before: place(3)}, "a/2, a/1 x3"},
			"forward":            {journal.Query{Forward: true}, "a/2, a/4, a/1 x3, b/1, a/1"},
			"forward from":       {journal.Query{Forward: true, After: place(4), Limit: 2}, "a/1 x3, b/1, …"},
			"forward all":        {journal.Query{Forward: true, All: true, Limit: 3}, "a/1 x3, a/2, a/3 of 1, …"},
			"forward all, later": {journal.Query{Forward: true, All: true, After: place(3), Limit: 3}, "a/4, a/5 of 1, b/1, …"},
		} {
			if got := shown(h.read(c.query)); got != c.want {
				t.Errorf("%s: got %s, want %s", name, got, c.want)
			}
		}

		e := h.read(journal.Query{Stream: "m:a"}).Entries[0]
		if e.Position != place(1) || e.Latest != place(5) || e.Place != place(5) || !e.Time.Before(e.LatestTime) {
			t.Errorf("the first of three: %+v", e)
		}

		e = h.read(journal.Query{Stream: "m:a", All: true}).Entries[4]
		if e.Position != place(1) || e.Latest != place(5) || e.Place != place(1) {
			t.Errorf("the first of three, among all: %+v", e)
		}
	})
}

// TestRowMovesUp sees what a page is to those who have read others before.
func TestRowMovesUp(t *testing.T) {
	t.Parallel()

	onEach(t, journal.Options{Categories: declared()}, func(h *house) {
		t := h.t
		h.append("m:a", viewed("ada", 0), viewed("bob", 0), viewed("eve", 0), viewed("kim", 0))
		h.wait()

		first := h.read(journal.Query{Limit: 2})
		h.append("m:a", viewed("ada", 1), viewed("kim", 1))
		h.wait()

		if got := shown(first); got != "a/4, a/3, …" {
			t.Errorf("the first page: %s", got)
		}

		if got := shown(h.read(journal.Query{Limit: 2, Before: first.Entries[1].Place})); got != "a/2" {
			t.Errorf("the second page: %s", got)
		}

		if got := shown(h.read(journal.Query{Forward: true, After: first.Entries[0].Place})); got != "a/1 x2, a/4 x2" {
			t.Errorf("what those get who follow: %s", got)
		}
	})
}

// TestWholeEvents sees that an entry has all of its event.
func TestWholeEvents(t *testing.T) {
	t.Parallel()

	onEach(t, journal.Options{}, func(h *house) {
		t := h.t
		h.append("m:0", event.Draft{
			Type: "y", Data: []byte(` {"a":  "\u0000é'?$1"} `), ID: "it's", Actor: "a'?", Subject: "$1 ?", Origin: event.Imported, Recorded: after(1), Time: after(0),
			Meta: event.Meta{Correlation: "c", Causation: "d", Extra: []byte(`{"$command":{"name":"add"},"b":"?"}`)},
		})
		h.append("m:1",
			event.Draft{Type: "x"},
			event.Draft{Type: "z", Data: []byte{0, 255, '?'}, ContentType: "image/png"},
			event.Draft{Type: "z", Data: []byte(`null`), ContentType: "application/a+json"},
			event.Draft{Type: "w", Meta: event.Meta{Extra: []byte(`{"$command":"\"name\""}`)}},
			event.Draft{Type: "w", Meta: event.Meta{Extra: []byte(`{"$command":{"name":"a\u0000b"}}`)}},
		)
		h.append("$own:1", event.Draft{Type: "x"})
		h.wait()

		p := h.read(journal.Query{Limit: journal.MaxLimit})

		var (
			got      []event.Event
			commands []string
		)

		for _, e := range slices.Backward(p.Entries) {
			got = append(got, e.Event)
			commands = append(commands, e.Command)
		}

		want := h.all()
		want = want[:len(want)-1] // the system's own are left out

		for i := range want {
			if len(want[i].Data) == 0 {
				want[i].Data, got[i].Data = nil, got[i].Data[:0:0]
			}

			if len(got[i].Data) == 0 {
				got[i].Data = nil
			}

			if !reflect.DeepEqual(got[i], want[i]) {
				t.Errorf("got  %+v\nwant %+v", got[i], want[i])
			}
		}

		if text := strings.Join(commands, ","); text != "add,,,,,ab" {
			t.Errorf("the commands are %q", text)
		}
	})
}

func TestReadFails(t *testing.T) {
	t.Parallel()

	onEach(t, journal.Options{}, func(h *house) {
		t := h.t
		h.stop()
		h.drop()

		for limit, want := range map[int]fault.Code{0: fault.CodeUnavailable, -1: fault.CodeInvalid, journal.MaxLimit + 1: fault.CodeInvalid} {
			if _, err := journal.Read(t.Context(), h.views, journal.Query{Limit: limit}); fault.Of(err) != want {
				t.Errorf("limit %d: %v", limit, err)
			}
		}

		_, err := journal.Read(t.Context(), h.views, journal.Query{})
		if err == nil || err.Error() != "the journal is being built: ask again later" {
			t.Errorf("before it is built: %v", err)
		}
	})
}

// TestReadEnds sees that a page is not waited for forever.
func TestReadEnds(t *testing.T) {
	t.Parallel()

	url, err := postgres.URL()
	must(t, err)

	h := newHouse(t, url, journal.Options{})
	h.append("m:a", event.Draft{Type: "added"})
	h.wait()

	db, err := sql.Open("pgx", url)
	must(t, err)

	defer func() { must(t, db.Close()) }()

	tx, err := db.BeginTx(t.Context(), nil)
	must(t, err)

	defer func() { must(t, tx.Rollback()) }()

	_, err = tx.ExecContext(t.Context(), "lock table journal__g1 in access exclusive mode")
	must(t, err)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	if _, err := journal.Read(ctx, h.views, journal.Query{}); fault.Of(err) != fault.CodeUnavailable || !strings.Contains(err.Error(), "longer than 5s") {
		t.Errorf("got %v", err)
	}
}
