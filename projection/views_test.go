package projection_test

import (
	"context"
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
