package recount_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// TestProjectionMetrics sees how far a projection is behind the log, also while it
// does not run.
func TestProjectionMetrics(t *testing.T) {
	t.Parallel()

	views, err := projection.Open(t.Context(), "sqlite::memory:")
	if err != nil {
		t.Fatal(err)
	}

	app, err := recount.New(t.Context(), recount.Options{Backend: memory.New(), Views: recount.Views{Database: views}})
	if err != nil {
		t.Fatal(err)
	}

	defer func() {
		if err := app.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}()

	add := func() event.Position {
		receipt, err := app.Log().Append(t.Context(), store.Batch{Stream: "m:1", Drafts: []event.Draft{{Type: "x"}}})
		if err != nil {
			t.Fatal(err)
		}

		return receipt.Position
	}
	wants := func(lines ...string) {
		t.Helper()

		shown := httptest.NewRecorder()
		app.Handler().ServeHTTP(shown, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))

		for _, line := range lines {
			if !strings.Contains(shown.Body.String(), line+"\n") {
				t.Errorf("%s is not in the metrics:\n%s", line, shown.Body)
			}
		}
	}

	if err := app.WaitFor(t.Context(), "journal", add()); err != nil {
		t.Fatal(err)
	}

	wants(`recount_projection_lag_events{projection="journal"} 0`, `recount_projection_stopped{projection="journal"} 0`)

	if err := views.Pause(t.Context(), "journal"); err != nil {
		t.Fatal(err)
	}

	for range time.Tick(time.Millisecond) {
		if app.Projections()[0].State == projection.Paused {
			break
		}
	}

	add()
	add()

	wants(`recount_projection_lag_events{projection="journal"} 2`, `recount_projection_stopped{projection="journal"} 1`)
}
