package projection_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
)

// TestReaderReads shows that readers cannot write.
func TestReaderReads(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			h := start(t, newLog(t), url, sums(projection.Options{}))
			h.wait("sums", h.append("counter:1", "added", 1))

			for _, statement := range []string{"delete from sums__g1", "create table t (n int)", "drop view sums", "delete from recount_projections"} {
				if _, err := h.views.Reader().ExecContext(t.Context(), statement); err == nil {
					t.Errorf("%s: it worked", statement)
				}
			}

			h.check()
		})
	}
}

// TestOpen shows which URLs there are.
func TestOpen(t *testing.T) {
	t.Parallel()

	for url, want := range map[string]fault.Code{
		"":                         fault.CodeInvalid,
		"mysql://127.0.0.1/x":      fault.CodeInvalid,
		"sqlite:":                  fault.CodeInvalid,
		"sqlite:a?mode=ro":         fault.CodeInvalid,
		"postgres://a b/":          fault.CodeInvalid,
		"postgres://127.0.0.1:1/x": fault.CodeUnavailable,
		"sqlite:/dev/null/views":   fault.CodeUnavailable,
	} {
		views, err := projection.Open(t.Context(), url)
		if fault.Of(err) != want || views != nil {
			t.Errorf("%s: got %v", url, err)
		}
	}

	views := openViews(t, "sqlite::memory:")
	if views.Dialect() != projection.SQLite || views.Dialect().String() != "SQLite" || projection.Postgres.String() != "PostgreSQL" {
		t.Errorf("got %s", views.Dialect())
	}

	ended, cancel := context.WithCancel(t.Context())
	cancel()

	if _, err := projection.Open(ended, "sqlite::memory:"); fault.Of(err) != fault.CodeUnavailable {
		t.Errorf("after the end: %v", err)
	}
}

// TestOpenReader shows that who only reads sees how projections are and what they
// made, beside a writer that holds the lock, and cannot ask for anything.
func TestOpenReader(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			h := start(t, newLog(t), url, sums(projection.Options{}))
			h.wait("sums", h.append("counter:1", "added", 1, 2))

			if h.views.Dialect() == projection.SQLite {
				defer hold(t, url[len("sqlite:"):])()
			}

			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()

			views, err := projection.OpenReader(ctx, url)
			if err != nil {
				t.Fatal(err)
			}

			defer func() {
				if err := views.Close(); err != nil {
					t.Error(err)
				}
			}()

			var n int
			if err := views.Reader().QueryRowContext(ctx, "select n from sums").Scan(&n); err != nil || n != 2 {
				t.Errorf("got %d, error %v", n, err)
			}

			if all, err := views.Statuses(ctx); err != nil || len(all) != 1 || all[0].Name != "sums" {
				t.Errorf("got %s, error %v", shown(all), err)
			}

			if err := views.Pause(ctx, "sums"); fault.Of(err) != fault.CodeInvalid {
				t.Errorf("asking for something: %v", err)
			}
		})
	}
}

// hold holds the lock of the one who writes to a file, until what it returns is
// called.
func hold(t *testing.T, path string) func() {
	t.Helper()

	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(60000)")
	if err != nil {
		t.Fatal(err)
	}

	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	if _, err := conn.ExecContext(t.Context(), "begin immediate"); err != nil {
		t.Fatal(err)
	}

	return func() {
		if _, err := conn.ExecContext(t.Context(), "rollback"); err != nil {
			t.Error(err)
		}

		if err := conn.Close(); err != nil {
			t.Error(err)
		}

		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestOpenReaderMakesNothing shows what is said where there are no views, and that
// there are none afterwards.
func TestOpenReaderMakesNothing(t *testing.T) {
	t.Parallel()

	folder := t.TempDir()
	foreign := filepath.Join(folder, "foreign.db")

	db, err := sql.Open("sqlite", foreign)
	if err != nil {
		t.Fatal(err)
	}

	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()

	if _, err := db.ExecContext(t.Context(), "create table notes (n int)"); err != nil {
		t.Fatal(err)
	}

	empty, err := cluster.URL()
	if err != nil {
		t.Fatal(err)
	}

	for url, want := range map[string]fault.Code{
		"":                                  fault.CodeInvalid,
		"mysql://127.0.0.1/x":               fault.CodeInvalid,
		"sqlite:":                           fault.CodeInvalid,
		"sqlite:a?mode=rwc":                 fault.CodeInvalid,
		"sqlite::memory:":                   fault.CodeNotFound,
		"sqlite:" + folder + "/no/views.db": fault.CodeNotFound,
		"sqlite:" + foreign:                 fault.CodeNotFound,
		"sqlite:/dev/null/views":            fault.CodeUnavailable,
		"postgres://a b/":                   fault.CodeInvalid,
		"postgres://127.0.0.1:1/x":          fault.CodeUnavailable,
		empty:                               fault.CodeNotFound,
	} {
		views, err := projection.OpenReader(t.Context(), url)
		if fault.Of(err) != want || views != nil {
			t.Errorf("%s: got %v", url, err)
		}
	}

	var (
		tables int
		mode   string
	)
	if err := db.QueryRowContext(t.Context(), "select (select count(*) from sqlite_master), journal_mode from pragma_journal_mode").Scan(&tables, &mode); err != nil || tables != 1 || mode != "delete" {
		t.Errorf("the foreign file has %d tables and the journal %s, error %v", tables, mode, err)
	}

	if files, err := os.ReadDir(folder); err != nil || len(files) != 1 {
		t.Errorf("the folder has %v, error %v", files, err)
	}
}
