package projection_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// patience is how long a test waits for something before it fails.
const patience = time.Minute

// databases returns all that every case runs on, each with a function that gives
// a case the URL of an empty one.
func databases() map[string]func(t *testing.T) string {
	return map[string]func(t *testing.T) string{
		"SQLite": func(t *testing.T) string {
			t.Helper()

			return "sqlite:" + filepath.Join(t.TempDir(), "data", "views.db")
		},
		"Postgres": func(t *testing.T) string {
			t.Helper()

			url, err := cluster.URL()
			if err != nil {
				t.Fatal(err)
			}

			return url
		},
	}
}

// house is a runner with its views, over a log.
type house struct {
	*testing.T

	log    store.Log
	views  *projection.Views
	runner *projection.Runner
	logged *logged
	stop   func()
}

// logged keeps what is logged.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.text.Write(line)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.text.String()
}

func openViews(t *testing.T, url string) *projection.Views {
	t.Helper()

	views, err := projection.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		if err := views.Close(); err != nil {
			t.Error(err)
		}
	})

	return views
}

// start opens views and runs a runner until the test ends, or stop is called.
func start(t *testing.T, log store.Log, url string, definitions ...*projection.Definition) *house {
	t.Helper()

	return startOn(t, log, openViews(t, url), definitions...)
}

func startOn(t *testing.T, log store.Log, views *projection.Views, definitions ...*projection.Definition) *house {
	t.Helper()

	h := &house{T: t, log: log, views: views, logged: &logged{}}

	var err error

	h.runner, err = projection.New(t.Context(), projection.Settings{Log: log, Views: views, Definitions: definitions, Logger: slog.New(slog.NewTextHandler(h.logged, nil))})
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})

	go func() {
		defer close(done)

		h.runner.Run(ctx)
	}()

	h.stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(h.stop)

	return h
}

// append records events of a type, with numbers as data, and returns the last
// one's position.
func (h *house) append(stream event.Stream, typ string, numbers ...int) event.Position {
	h.Helper()

	return record(h.T, h.log, stream, typ, numbers...)
}

func record(t *testing.T, log store.Log, stream event.Stream, typ string, numbers ...int) event.Position {
	t.Helper()

	b := store.Batch{Stream: stream}
	for _, n := range numbers {
		b.Drafts = append(b.Drafts, event.Draft{Type: typ, Data: fmt.Appendf(nil, `{"n":%d}`, n)})
	}

	receipt, err := log.Append(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}

	return receipt.Position
}

// wait waits until readers see all events up to a position.
func (h *house) wait(name string, p event.Position) {
	h.Helper()
	h.until("the projection is there", func() bool {
		ctx, cancel := context.WithTimeout(h.Context(), patience)
		defer cancel()

		return h.runner.WaitFor(ctx, name, p) == nil
	})
}

// until waits for something.
func (h *house) until(what string, is func() bool) {
	h.Helper()

	every, end := time.NewTicker(5*time.Millisecond), time.After(patience)
	defer every.Stop()

	for !is() {
		select {
		case <-every.C:
		case <-end:
			h.Fatalf("waited too long until %s; status %s; logged: %s", what, shown(h.runner.Status()), h.logged)
		}
	}
}

func shown(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}

	return string(text)
}

// status returns how the first projection is.
func (h *house) status() projection.Status { return h.runner.Status()[0] }

// newLog returns an empty log.
func newLog(t *testing.T) store.Log {
	t.Helper()

	log := memory.New().Log
	t.Cleanup(func() {
		if err := log.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})

	return log
}
