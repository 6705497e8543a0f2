package bench

import (
	"reflect"
	"testing"

	"github.com/recountdev/recount/store/memory"
)

// TestBareInsertsMakeTheSameTable shows that what is held against each other is
// comparable: bare inserts make the same rows, under the same
// indexes.
func TestBareInsertsMakeTheSameTable(t *testing.T) {
	t.Parallel()

	const events = 1101 // ends within a transaction, and within a statement

	r := &projectionsRun{config: &ProjectionsConfig{Events: events, Status: func(string) {}}, drafts: projected()}
	log := memory.New().Log

	if err := r.write(t.Context(), log); err != nil {
		t.Fatal(err)
	}

	state, err := log.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	d := &sqliteFiles{folder: t.TempDir()}

	for _, s := range subjects() {
		b := &rebuilds{run: r, database: d, subject: s, log: log, head: state.Head, built: newPlace(t, d)}
		if _, err := b.rebuild(t.Context(), b.built); err != nil {
			t.Fatal(err)
		}

		for _, name := range []string{nameBare, nameBatched} {
			in := newPlace(t, d)
			if _, err := b.bare(t.Context(), in, name); err != nil {
				t.Fatal(err)
			}

			want, indexes := contents(t, d, b.built, &s, s.table+"__g1")
			got, bareIndexes := contents(t, d, in, &s, s.table)

			if n := want.rows(); n != events {
				t.Errorf("%s: the projection has %d rows, want %d", s.part, n, events)
			}

			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: the rows of the %s inserts are not those of the projection", s.part, name)
			}

			if bareIndexes < 2 || bareIndexes != indexes {
				t.Errorf("%s: the bare table has %d indexes, the projection's %d", s.part, bareIndexes, indexes)
			}
		}
	}
}

func newPlace(t *testing.T, d database) place {
	t.Helper()

	p, err := d.place(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	return p
}

// contents returns the rows in a place, and how many indexes the table of a name
// has.
func contents(t *testing.T, d database, in place, s *subject, table string) (rows *bareInserts, indexes int) {
	t.Helper()

	rows, err := readRows(t.Context(), d, in, s)
	if err != nil {
		t.Fatal(err)
	}

	db, err := in.open()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()

	if err := db.QueryRowContext(t.Context(), "select count(*) from sqlite_master where type = 'index' and tbl_name = ?", table).Scan(&indexes); err != nil {
		t.Fatal(err)
	}

	return rows, indexes
}
