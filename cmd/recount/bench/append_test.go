package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recountdev/recount/cmd/recount/bench"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// logs opens logs in memory that survive being closed, as those on a disk do.
type logs struct {
	mu       sync.Mutex
	byFolder map[string]store.Backend
}

// newLogs returns an opener of logs in memory.
func newLogs(t *testing.T) bench.Opener {
	t.Helper()

	l := &logs{byFolder: make(map[string]store.Backend)}

	t.Cleanup(func() {
		for _, b := range l.byFolder {
			if err := b.Log.Close(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		}
	})

	return l.open
}

func (l *logs) open(_ context.Context, folder string) (store.Backend, error) {
	l.mu.Lock()
	defer l.mu.Unlock()

	if _, ok := l.byFolder[folder]; !ok {
		l.byFolder[folder] = memory.New()
	}

	b := l.byFolder[folder]
	b.Log = kept{b.Log}

	return b, nil
}

// kept is a log that stays open.
type kept struct{ store.Log }

func (kept) Close(context.Context) error { return nil }

// expectEmpty fails the test if something was left in the folder.
func expectEmpty(t *testing.T, folder string) {
	t.Helper()

	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}

	if len(entries) > 0 {
		t.Errorf("%s was left behind", entries[0].Name())
	}
}

func TestAppendMeasuresEveryCandidate(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	said := 0
	c := bench.AppendConfig{
		Open: newLogs(t), Dir: dir, Appenders: []int{2, 256}, Time: 10 * time.Millisecond, Rounds: 2, Overwritten: 1 << 20,
		Status: func(string) { said++ },
	}

	var names []string

	err := bench.RunAppend(t.Context(), c, func(r bench.AppendRow) error {
		names = append(names, r.Name)

		if r.PerSecond <= 0 || r.P50 <= 0 || r.P99 < r.P50 {
			t.Errorf("%s with %d appenders: %.0f appends/s, p50 %.1f us, p99 %.1f us", r.Name, r.Appenders, r.PerSecond, r.P50, r.P99)
		}

		if compared := r.RatioTo != ""; compared != (r.Ratio > 0) || r.RatioLow > r.Ratio || r.Ratio > r.RatioHigh {
			t.Errorf("%s: ratio %v (%v to %v) to %q", r.Name, r.Ratio, r.RatioLow, r.RatioHigh, r.RatioTo)
		}

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	got := strings.Join(names, " ")
	if want := "segment segment_overwritten log_ids caller_ids segment segment_overwritten log_ids caller_ids hot_stream stalled_readers"; got != want {
		t.Errorf("measured %s, want %s", got, want)
	}

	if said != 2*10 {
		t.Errorf("said %d times what is being done, want 20", said)
	}

	expectEmpty(t, dir)
}

func TestAppendEndsWithItsContext(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	c := bench.AppendConfig{Open: newLogs(t), Dir: dir, Time: time.Hour, Status: func(string) { cancel() }}

	err := bench.RunAppend(ctx, c, func(bench.AppendRow) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the run returned %v, want that its context was cancelled", err)
	}

	expectEmpty(t, dir)
}

func TestAppendTellsWhatWentWrong(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	broken := errors.New("the disk is full")
	ignore := func(bench.AppendRow) error { return nil }
	refuse := func(context.Context, string) (store.Backend, error) { return store.Backend{}, broken }
	fails := func(context.Context, string) (store.Backend, error) {
		return store.Backend{Log: failing{memory.New().Log, broken}}, nil
	}

	for name, open := range map[string]bench.Opener{"opening": refuse, "appending": fails} {
		c := bench.AppendConfig{Open: open, Dir: dir, Appenders: []int{4}, Time: time.Millisecond}
		if err := bench.RunAppend(t.Context(), c, ignore); !errors.Is(err, broken) {
			t.Errorf("%s: the run returned %v, want %v", name, err, broken)
		}
	}

	for _, c := range []bench.AppendConfig{{}, {Open: refuse, Appenders: []int{0}}, {Open: refuse, Rounds: -1}} {
		if err := bench.RunAppend(t.Context(), c, ignore); fault.Of(err) != fault.CodeInvalid {
			t.Errorf("a run with %+v returned %v, want that it is invalid", c, err)
		}
	}

	expectEmpty(t, dir)
}

// failing is a log that cannot append.
type failing struct {
	store.Log

	err error
}

func (f failing) Append(context.Context, ...store.Batch) (store.Receipt, error) {
	return store.Receipt{}, f.err
}

func TestAppendCommandPrints(t *testing.T) {
	t.Parallel()

	var table, lines, progress bytes.Buffer

	command := bench.Append{Appenders: []int{1, 16}, Time: 5 * time.Millisecond, Rounds: 1, Dir: t.TempDir()}
	env := bench.Env{Open: newLogs(t), Stdout: &table, Stderr: &progress, Progress: true}

	if err := command.Run(t.Context(), env); err != nil {
		t.Fatal(err)
	}

	for _, want := range []string{"appends/s", "p50", "p99", "the limit", "IDs made by the log", "IDs from callers", "bar 0.60", "bar 0.50"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table says nothing of %q:\n%s", want, &table)
		}
	}

	if !strings.Contains(progress.String(), "16 appenders, round 1 of 1") {
		t.Errorf("the progress is %q", &progress)
	}

	env.JSON, env.Progress, env.Stdout = true, false, &lines
	progress.Reset()

	if err := command.Run(t.Context(), env); err != nil {
		t.Fatal(err)
	}

	for line := range strings.Lines(lines.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("%q is not JSON", line)
		}
	}

	if n := strings.Count(lines.String(), "\n"); n != 1+2*3 || progress.Len() > 0 {
		t.Errorf("printed %d lines and the progress %q, want 7 and none", n, &progress)
	}
}

func TestCommandsNeedAFolderThatIsThere(t *testing.T) {
	t.Parallel()

	nowhere := filepath.Join(t.TempDir(), "nowhere")
	env := bench.Env{Open: newLogs(t)}

	if err := (&bench.Append{Dir: nowhere}).Run(t.Context(), env); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("append returned %v", err)
	}

	if err := (&bench.Read{Dir: nowhere}).Run(t.Context(), env); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("read returned %v", err)
	}
}
