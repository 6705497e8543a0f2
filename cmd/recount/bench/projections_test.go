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
	"github.com/recountdev/recount/internal/pgtest"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// smallProjections is a run that takes little time. Its events end within a
// transaction, and within a statement.
func smallProjections(t *testing.T) *bench.ProjectionsConfig {
	t.Helper()

	return &bench.ProjectionsConfig{Open: newLogs(t), Dir: t.TempDir(), Events: 1101, Rate: 500, Time: 100 * time.Millisecond, Rounds: 2}
}

// measureProjections returns the figures of a run by their names, and the names
// in order.
func measureProjections(t *testing.T, c *bench.ProjectionsConfig) (map[string]bench.Figure, string) {
	t.Helper()

	all := make(map[string]bench.Figure)

	var names []string

	err := bench.RunProjections(t.Context(), c, func(f bench.Figure) error {
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

// namesOf returns the names of the figures of a part.
func namesOf(part string, quantities ...string) string {
	return part + "_" + strings.Join(quantities, " "+part+"_")
}

func TestProjectionsMeasureEveryPart(t *testing.T) {
	t.Parallel()

	said := 0
	c := smallProjections(t)
	c.Status = func(string) { said++ }

	figures, names := measureProjections(t, c)
	rebuild := []string{"rebuild", "bare", "ratio", "rebuild_cpu", "bare_cpu", "rebuild_allocs", "bare_allocs"}
	want := strings.Join([]string{
		namesOf("journal", rebuild...), namesOf("batch", rebuild...), namesOf("each", append(rebuild, "batched", "batched_ratio")...),
		namesOf("live", "rate", "append_p50", "append_p99", "journal_p50", "journal_p99", "activity_p50", "activity_p99"),
	}, " ")

	if names != want {
		t.Errorf("measured %s,\nwant %s", names, want)
	}

	for name, least := range map[string]float64{"journal_ratio": 0.7, "batch_ratio": 0.7, "each_ratio": 0.7, "live_rate": 475} {
		if f := figures[name]; f.AtLeast != least || f.Met != (f.Value >= least) || f.Value <= 0 {
			t.Errorf("%s is %+v, want a value with the bar %v", name, f, least)
		}
	}

	for _, name := range []string{"live_journal_p99", "live_activity_p99"} {
		if f := figures[name]; f.AtMost != 100 || f.Met != (f.Value <= 100) || f.Value < figures[strings.Replace(name, "p99", "p50", 1)].Value {
			t.Errorf("%s is %+v, want a value with the bar 100", name, f)
		}
	}

	for name, f := range figures {
		if f.Value <= 0 && !strings.HasSuffix(name, "_cpu") { // which too little time shows nothing of
			t.Errorf("%s is %v", name, f.Value)
		}
	}

	if said == 0 {
		t.Error("nothing was said of what is being done")
	}
}

func TestProjectionsMeasurePostgres(t *testing.T) {
	t.Parallel()

	cluster, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})

	c := smallProjections(t)
	c.Only, c.Rounds = []string{"journal", "each", "live"}, 1

	if c.Postgres, err = cluster.URL(); err != nil {
		t.Fatal(err)
	}

	figures, names := measureProjections(t, c)

	for _, name := range []string{"journal_rebuild", "postgres_journal_rebuild", "postgres_journal_ratio", "postgres_each_batched", "postgres_live_journal_p99"} {
		if figures[name].Value <= 0 {
			t.Errorf("%s is %v; measured %s", name, figures[name].Value, names)
		}
	}

	if bar := figures["postgres_journal_ratio"].AtLeast; bar != 0 {
		t.Errorf("the rebuild in PostgreSQL has the bar %v, want none", bar)
	}

	if bar := figures["postgres_live_journal_p99"].AtMost; bar != 100 {
		t.Errorf("the lag in PostgreSQL has the bar %v, want 100", bar)
	}
}

func TestProjectionsRefuseWhatCannotBeMeasured(t *testing.T) {
	t.Parallel()

	open := newLogs(t)
	for name, c := range map[string]*bench.ProjectionsConfig{
		"no store":     {},
		"unknown part": {Open: open, Only: []string{"cold"}},
		"events":       {Open: open, Events: -1},
		"rate":         {Open: open, Rate: -1},
		"rounds":       {Open: open, Rounds: -1},
		"time":         {Open: open, Time: -1},
		"PostgreSQL":   {Open: open, Dir: t.TempDir(), Postgres: "mysql://user:secret@127.0.0.1/views"},
	} {
		err := bench.RunProjections(t.Context(), c, func(bench.Figure) error { return nil })
		if fault.Of(err) != fault.CodeInvalid || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the run returned %v, want that it is invalid", name, err)
		}
	}
}

func TestProjectionsTellWhatWentWrong(t *testing.T) {
	t.Parallel()

	broken := errors.New("the disk is full")
	for name, open := range map[string]bench.Opener{
		"opening": func(context.Context, string) (store.Backend, error) { return store.Backend{}, broken },
		"appending": func(context.Context, string) (store.Backend, error) {
			return store.Backend{Log: failing{memory.New().Log, broken}}, nil
		},
	} {
		for _, part := range []string{"journal", "live"} {
			c := smallProjections(t)
			c.Open, c.Only = open, []string{part}

			err := bench.RunProjections(t.Context(), c, func(bench.Figure) error { return nil })
			if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), part) {
				t.Errorf("%s, %s: the run returned %v, want %v", name, part, err, broken)
			}

			expectEmpty(t, c.Dir)
		}
	}
}

func TestProjectionsEndWithTheirContext(t *testing.T) {
	t.Parallel()

	for _, part := range []string{"journal", "live"} {
		ctx, cancel := context.WithCancel(t.Context())
		c := smallProjections(t)
		c.Time, c.Only, c.Status = time.Hour, []string{part}, func(string) { cancel() }

		if err := bench.RunProjections(ctx, c, func(bench.Figure) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: the run returned %v, want that its context was cancelled", part, err)
		}

		expectEmpty(t, c.Dir)
	}
}

// TestProjectionsCommandPrints is not parallel: it profiles, and a process has
// one profile of its CPU time at a time.
func TestProjectionsCommandPrints(t *testing.T) { //nolint:paralleltest // see above
	var table, lines, progress bytes.Buffer

	command := bench.Projections{Only: []string{"batch"}, Events: 100, Rounds: 1, Dir: t.TempDir(), Profile: t.TempDir()}
	env := bench.Env{Open: newLogs(t), Stdout: &table, Stderr: &progress, Progress: true}

	if err := command.Run(t.Context(), env); err != nil {
		t.Fatal(err)
	}

	for _, want := range []string{"100 events of 250 B; 1 alternating rounds", "rebuild of a projection, by transaction in SQLite", "at least 0.70"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table says nothing of %q:\n%s", want, &table)
		}
	}

	if !strings.Contains(progress.String(), "batch, SQLite, round 1 of 1: rebuild") {
		t.Errorf("the progress is %q", &progress)
	}

	env.JSON, env.Progress, env.Stdout = true, false, &lines
	command.Profile = ""

	progress.Reset()

	if err := command.Run(t.Context(), env); err != nil {
		t.Fatal(err)
	}

	for line := range strings.Lines(lines.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("%q is not JSON", line)
		}
	}

	if n := strings.Count(lines.String(), "\n"); n != 1+7 || progress.Len() > 0 {
		t.Errorf("printed %d lines and the progress %q, want 8 and none", n, &progress)
	}
}
