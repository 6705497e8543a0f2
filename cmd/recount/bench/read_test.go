package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/cmd/recount/bench"
	"github.com/recountdev/recount/fault"
)

func TestReadMeasuresEveryFigure(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	c := bench.ReadConfig{
		Open: newLogs(t), Dir: dir, Events: 2050, Long: 1000, Rounds: 1, Loads: 20,
		Time: 5 * time.Millisecond, Settle: 10 * time.Millisecond,
		Idle: func(context.Context, string) (bench.Memory, error) { return bench.Memory{RssAnon: 7e6, RSS: 21e6}, nil },
	}

	got := make(map[string]bench.Figure)

	err := bench.RunRead(t.Context(), c, func(f bench.Figure) error {
		if _, twice := got[f.Name]; twice {
			t.Errorf("%s was reported twice", f.Name)
		}

		got[f.Name] = f

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	for _, name := range []string{
		"idle_private_memory", "idle_rss", "fill", "disk_after_close", "disk_settled", "open_median", "open_slowest",
		"replay", "load_stream_p50", "load_stream_p99", "load_again_p50", "load_again_p99",
		"allocs_log_ids_1", "allocs_caller_ids_1", "allocs_log_ids_256", "allocs_caller_ids_256",
		"log_ids_empty", "log_ids_full", "log_ids_full_ratio", "caller_ids_empty", "caller_ids_full", "caller_ids_full_ratio",
	} {
		f, ok := got[name]
		if !ok || (f.Value <= 0 && f.Unit != "B") { // logs in memory take no disk
			t.Errorf("%s is %v", name, f)
		}
	}

	if f := got["idle_private_memory"]; f.Value != 7 || f.AtMost != 20 || !f.Met {
		t.Errorf("7 MB of private memory were reported as %+v", f)
	}

	expectEmpty(t, dir)
}

func TestReadEndsWithItsContext(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	c := bench.ReadConfig{Open: newLogs(t), Dir: dir, Status: func(string) { cancel() }}

	err := bench.RunRead(ctx, c, func(bench.Figure) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the run returned %v, want that its context was cancelled", err)
	}

	expectEmpty(t, dir)

	if err := bench.RunRead(t.Context(), bench.ReadConfig{}, nil); fault.Of(err) != fault.CodeInvalid {
		t.Errorf("a run without a log returned %v", err)
	}
}

func TestIdleCommandPrintsItsMemory(t *testing.T) {
	t.Parallel()

	var out bytes.Buffer

	command := bench.Idle{Folder: t.TempDir(), For: time.Millisecond}
	if err := command.Run(t.Context(), bench.Env{Open: newLogs(t), Stdout: &out}); err != nil {
		t.Fatal(err)
	}

	var m bench.Memory
	if err := json.Unmarshal(out.Bytes(), &m); err != nil {
		t.Fatal(err)
	}

	if m.RssAnon <= 0 || m.RSS < m.RssAnon {
		t.Errorf("the process has %+v", m)
	}
}

// TestReadCommandTellsOfAFailedIdleProcess runs this test program as if it were
// the one with the idle command, which it is not.
func TestReadCommandTellsOfAFailedIdleProcess(t *testing.T) {
	t.Parallel()

	var out bytes.Buffer

	dir := t.TempDir()
	command := bench.Read{Events: 100, Rounds: 1, Dir: dir}
	env := bench.Env{Open: newLogs(t), Stdout: &out, Idle: []string{"-no-such-flag"}}

	err := command.Run(t.Context(), env)
	if fault.Of(err) != fault.CodeInternal || !strings.Contains(err.Error(), "no-such-flag") {
		t.Errorf("the command returned %v", err)
	}

	if !strings.Contains(out.String(), "A log of 100 events") {
		t.Errorf("the command printed %s", &out)
	}

	expectEmpty(t, dir)
}
