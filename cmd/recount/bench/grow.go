package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// allocations measures how often the process allocates memory for an append:
// appenders, committer and background together, in steady state.
func (r *readRun) allocations(ctx context.Context) error {
	events := newGenerator(1).pool(poolSize)

	for _, n := range []int{1, hotAppenders} {
		c := r.appendConfig()
		c.Rounds = 1
		t := turns{folder: filepath.Join(r.folder, "allocations"), candidates: c.candidates(n, events)[1:3], config: &c, appenders: n}

		if err := t.run(ctx); err != nil {
			return err
		}

		rows := t.rows()
		for i := range rows {
			row := &rows[i]
			text := fmt.Sprintf("allocations an append, %s, %s", appendersText(n), row.Text)
			name := fmt.Sprintf("allocs_%s_%d", row.Name, n)

			if err := r.figure(Figure{Name: name, Text: text, Value: row.Allocs, Unit: "", AtMost: 9}); err != nil {
				return err
			}
		}
	}

	return nil
}

// appendConfig returns how appends are measured in a run of reads.
func (r *readRun) appendConfig() AppendConfig {
	return AppendConfig{Open: r.Open, Time: r.Time, WarmUp: r.Time / 8, Rounds: r.Rounds, Status: r.Status}
}

// long measures appends to a log with very many events, beside appends to one
// with none. All events of the full log have IDs from callers, which is the
// harder case: an ID that is new has to be told from all those.
func (r *readRun) long(ctx context.Context) error {
	if r.Long == 0 {
		return nil
	}

	folder := filepath.Join(r.folder, "long")
	if err := r.fillLong(ctx, filepath.Join(folder, "log")); err != nil {
		return err
	}

	c := r.appendConfig()
	t := turns{folder: filepath.Join(r.folder, "turns"), candidates: r.longCandidates(folder), config: &c, appenders: hotAppenders}

	if err := t.run(ctx); err != nil {
		return err
	}

	rows := t.rows()
	for i := range rows {
		row := &rows[i]
		f := Figure{Name: row.Name, Text: row.Text + ", 256 appenders", Value: row.PerSecond, Unit: "appends/s"}
		if err := r.figure(f); err != nil {
			return err
		}

		if row.RatioTo == "" {
			continue
		}

		f = Figure{Name: row.Name + "_ratio", Text: "ratio of that to the one before", Value: row.Ratio, AtLeast: 0.8}
		if err := r.figure(f); err != nil {
			return err
		}
	}

	return nil
}

// fillLong fills the log with very many events, and lets its files settle.
func (r *readRun) fillLong(ctx context.Context, folder string) error {
	backend, err := r.Open(ctx, folder)
	if err != nil {
		return fmt.Errorf("open a log to fill: %w", err)
	}

	f := fill{log: backend.Log, events: r.Long, callerIDs: true, status: r.Status}

	err = f.run(ctx)
	if err == nil {
		r.Status("waiting for the files to settle")

		err = awaitSettled(ctx, folder, r.Settle)
	}

	return closeAfter(ctx, backend.Log, err)
}

// longCandidates returns pairs: a log that is empty in every round, and the
// log in the folder.
func (r *readRun) longCandidates(folder string) []candidate {
	events := newGenerator(1).pool(poolSize)
	full := grouped(int64(r.Long))
	pair := func(name, text string, t logTarget) []candidate {
		t.events = events
		open := t.opener(r.Open)
		empty := func(ctx context.Context, fresh string) (target, error) {
			if err := os.RemoveAll(filepath.Join(fresh, "log")); err != nil {
				return nil, err
			}

			return open(ctx, fresh)
		}

		return []candidate{
			{name: name + "_empty", text: text + ", no events in the log", open: empty},
			{
				name: name + "_full", text: text + ", " + full + " events in the log", ratioTo: name + "_empty",
				open: func(ctx context.Context, _ string) (target, error) { return open(ctx, folder) },
			},
		}
	}

	return append(pair(nameLogIDs, "IDs made by the log", logTarget{}), pair(nameCallerIDs, "IDs from callers", logTarget{callerIDs: true})...)
}
