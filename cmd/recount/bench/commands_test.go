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
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// smallCommands is a run that takes no time.
func smallCommands(t *testing.T) *bench.CommandsConfig {
	t.Helper()

	return &bench.CommandsConfig{
		Open: newLogs(t), Dir: t.TempDir(), Callers: 4, Aggregates: 20, Events: 1500, Live: 50, Time: 5 * time.Millisecond, Rounds: 2,
	}
}

// measure returns the figures of a run by their names, and the names in order.
func measure(t *testing.T, c *bench.CommandsConfig) (map[string]bench.Figure, string) {
	t.Helper()

	all := make(map[string]bench.Figure)

	var names []string

	err := bench.RunCommands(t.Context(), c, func(f bench.Figure) error {
		all[f.Name] = f
		names = append(names, f.Name)

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	expectEmpty(t, c.Dir)

	return all, strings.Join(names, " ")
}

func TestCommandsMeasuresEveryPart(t *testing.T) {
	t.Parallel()

	said := 0
	c := smallCommands(t)
	c.Status = func(string) { said++ }

	figures, names := measure(t, c)
	want := "hot_appends hot_commands hot_ratio hot_p50 hot_p99 hot_append_cpu hot_command_cpu hot_append_allocs hot_command_allocs hot_actor hot_gain " +
		"many_appends many_commands many_ratio many_p50 many_p99 many_append_cpu many_command_cpu many_append_allocs many_command_allocs " +
		"decide history_short history_middle history_long history_growth load_snapshot load_without live_memory live_goroutines"

	if names != want {
		t.Errorf("measured %s,\nwant %s", names, want)
	}

	for name, least := range map[string]float64{"hot_ratio": 0.7, "many_ratio": 0.7, "decide": 1e6} {
		if f := figures[name]; f.AtLeast != least || f.Met != (f.Value >= least) || f.Value <= 0 {
			t.Errorf("%s is %+v, want a value with the bar %v", name, f, least)
		}
	}

	for name, most := range map[string]float64{"history_growth": 1.2, "load_snapshot": 50, "live_memory": 1024, "live_goroutines": 1} {
		if f := figures[name]; f.AtMost != most || f.Met != (f.Value <= most) {
			t.Errorf("%s is %+v, want a value with the bar %v", name, f, most)
		}
	}

	if growth := figures["history_growth"].Value; growth < 1 {
		t.Errorf("the slowest history is %v times the shortest", growth)
	}

	if said == 0 {
		t.Error("nothing was said of what is being done")
	}
}

func TestCommandsMeasuresOnlySomeParts(t *testing.T) {
	t.Parallel()

	c := smallCommands(t)
	c.Only = []string{"load"}

	if _, names := measure(t, c); names != "load_snapshot load_without" {
		t.Errorf("measured %s", names)
	}
}

func TestCommandsRefusesWhatCannotBeMeasured(t *testing.T) {
	t.Parallel()

	open := newLogs(t)
	for name, c := range map[string]*bench.CommandsConfig{
		"no store":        {},
		"unknown part":    {Open: open, Only: []string{"cold"}},
		"callers":         {Open: open, Callers: -1},
		"aggregates":      {Open: open, Aggregates: -1},
		"live":            {Open: open, Live: -1},
		"rounds":          {Open: open, Rounds: -1},
		"time":            {Open: open, Time: -1},
		"a short history": {Open: open, Events: 9},
	} {
		err := bench.RunCommands(t.Context(), c, func(bench.Figure) error { return nil })
		if fault.Of(err) != fault.CodeInvalid {
			t.Errorf("%s: the run returned %v, want that it is invalid", name, err)
		}
	}
}

func TestCommandsTellWhatWentWrong(t *testing.T) {
	t.Parallel()

	broken := errors.New("the disk is full")
	for name, open := range map[string]bench.Opener{
		"opening": func(context.Context, string) (store.Backend, error) { return store.Backend{}, broken },
		"appending": func(context.Context, string) (store.Backend, error) {
			return store.Backend{Log: failing{memory.New().Log, broken}}, nil
		},
	} {
		for _, part := range []string{"hot", "many", "history", "load", "memory"} {
			c := smallCommands(t)
			c.Open, c.Only = open, []string{part}

			err := bench.RunCommands(t.Context(), c, func(bench.Figure) error { return nil })
			if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), part) {
				t.Errorf("%s, %s: the run returned %v, want %v", name, part, err, broken)
			}

			expectEmpty(t, c.Dir)
		}
	}
}

func TestCommandsEndWithTheirContext(t *testing.T) {
	t.Parallel()

	for _, part := range []string{"hot", "many", "history", "load", "memory"} {
		ctx, cancel := context.WithCancel(t.Context())
		c := smallCommands(t)
		c.Time, c.Only, c.Status = time.Hour, []string{part}, func(string) { cancel() }

		if err := bench.RunCommands(ctx, c, func(bench.Figure) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: the run returned %v, want that its context was cancelled", part, err)
		}

		expectEmpty(t, c.Dir)
	}
}

func TestCommandsCommandPrints(t *testing.T) {
	t.Parallel()

	var table, lines, progress bytes.Buffer

	command := bench.Commands{Only: []string{"hot", "decide"}, Callers: 3, Time: 5 * time.Millisecond, Rounds: 1, Dir: t.TempDir()}
	env := bench.Env{Open: newLogs(t), Stdout: &table, Stderr: &progress, Progress: true}

	if err := command.Run(t.Context(), env); err != nil {
		t.Fatal(err)
	}

	for _, want := range []string{"events of 250 B; 1 alternating rounds of 5ms", "commands on one hot aggregate, 3 callers", "one append for each command", "at least 0.70", "at least 1,000,000"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table says nothing of %q:\n%s", want, &table)
		}
	}

	if !strings.Contains(progress.String(), "hot: 3 appenders, round 1 of 1") {
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

	if n := strings.Count(lines.String(), "\n"); n != 1+11+1 || progress.Len() > 0 {
		t.Errorf("printed %d lines and the progress %q, want 13 and none", n, &progress)
	}
}
