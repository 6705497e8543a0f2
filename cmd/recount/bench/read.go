package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// ReadConfig says how to measure reading, disk and memory. Only Open is
// required.
type ReadConfig struct {
	// Open opens the log to measure.
	Open Opener
	// Dir is the folder on the disk to measure; a folder within it is used and
	// removed. Defaults to the working directory.
	Dir string
	// Events is how many events the log gets, in streams of 100. Defaults to
	// 1,000,000.
	Events int
	// Long is how many events a second log gets, with which appends are
	// measured beside appends to an empty one. Defaults to 0: not measured.
	Long int
	// Rounds is how often everything is measured. Defaults to 3.
	Rounds int
	// Time is how long a round of appends measures. Defaults to 2 s.
	Time time.Duration
	// Loads is how many streams are loaded. Defaults to 2,000.
	Loads int
	// Settle is how long the files of a log have to stay as they are to count
	// as settled. Defaults to 3 s.
	Settle time.Duration
	// Idle measures the memory of an idle process with an empty log in the
	// folder. Defaults to not measured.
	Idle func(ctx context.Context, folder string) (Memory, error)
	// Status is told in a few words what is being done, for a person who
	// waits. Defaults to nobody.
	Status func(text string)
}

func (c ReadConfig) withDefaults() (ReadConfig, error) {
	if c.Open == nil {
		return c, fault.Invalid("no log to measure: set Open")
	}

	if c.Events < 0 || c.Long < 0 || c.Rounds < 0 || c.Time < 0 || c.Loads < 0 || c.Settle < 0 {
		return c, fault.Invalid("events, rounds, times and loads cannot be negative")
	}

	c.Events = or(c.Events, 1_000_000)
	c.Rounds = or(c.Rounds, 3)
	c.Loads = or(c.Loads, 2000)
	c.Time = or(c.Time, 2*time.Second)
	c.Settle = or(c.Settle, 3*time.Second)

	if c.Status == nil {
		c.Status = func(string) {}
	}

	return c, nil
}

// or returns value, or otherwise if it is not set.
func or[T ~int | ~int64](value, otherwise T) T {
	if value != 0 {
		return value
	}

	return otherwise
}

// Figure is one thing that was measured.
type Figure struct {
	Name string `json:"name"`
	// Text says for people what was measured.
	Text  string  `json:"text"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// AtLeast and AtMost are what Value should be; 0 if nobody asks for it.
	AtLeast float64 `json:"at_least,omitempty"`
	AtMost  float64 `json:"at_most,omitempty"`
	Met     bool    `json:"met"`
}

// RunRead measures, and reports every figure as soon as it is there. When it
// returns, also because ctx ended, nothing is left on the disk.
func RunRead(ctx context.Context, c ReadConfig, report func(Figure) error) (err error) {
	c, err = c.withDefaults()
	if err != nil {
		return err
	}

	folder, remove, err := workspace(c.Dir)
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, remove()) }()

	r := readRun{ReadConfig: c, folder: folder, report: report}
	for _, step := range []func(context.Context) error{r.idle, r.fillLog, r.settle, r.opening, r.reading, r.allocations, r.long} {
		if err := step(ctx); err != nil {
			return err
		}
	}

	return nil
}

// readRun is one run of RunRead.
type readRun struct {
	ReadConfig

	folder string
	report func(Figure) error
	// opened is how long each opening of the filled log took.
	opened []time.Duration
}

// figure reports a figure, and whether it is as it should be.
func (r *readRun) figure(f Figure) error {
	f.Met = (f.AtLeast == 0 || f.Value >= f.AtLeast) && (f.AtMost == 0 || f.Value <= f.AtMost)

	return r.report(f)
}

// figures reports several figures.
func (r *readRun) figures(all ...Figure) error {
	for _, f := range all {
		if err := r.figure(f); err != nil {
			return err
		}
	}

	return nil
}

// filled is the folder of the log that is read.
func (r *readRun) filled() string { return filepath.Join(r.folder, "filled", "log") }

// openFilled opens the log that is read, and takes the time.
func (r *readRun) openFilled(ctx context.Context) (store.Log, error) {
	start := time.Now()

	backend, err := r.Open(ctx, r.filled())
	if err != nil {
		return nil, fmt.Errorf("open the filled log: %w", err)
	}

	r.opened = append(r.opened, time.Since(start))

	return backend.Log, nil
}

// idle measures the memory of a process that does nothing.
func (r *readRun) idle(ctx context.Context) error {
	if r.Idle == nil {
		return nil
	}

	r.Status("measuring an idle process")

	m, err := r.Idle(ctx, filepath.Join(r.folder, "idle"))
	if err != nil {
		return fmt.Errorf("measure an idle process: %w", err)
	}

	return r.figures(
		Figure{Name: "idle_private_memory", Text: "private memory (RssAnon), idle, empty log", Value: megabytes(m.RssAnon), Unit: "MB", AtMost: 20},
		Figure{Name: "idle_rss", Text: "all resident memory (RSS), idle, empty log", Value: megabytes(m.RSS), Unit: "MB"})
}

// fillLog fills the log that is read, and closes it.
func (r *readRun) fillLog(ctx context.Context) error {
	log, err := r.openFilled(ctx)
	if err != nil {
		return err
	}

	r.opened = nil // the log was empty

	start := time.Now()
	f := fill{log: log, events: r.Events, status: r.Status}
	err = f.run(ctx)
	took := time.Since(start)

	if err := closeAfter(ctx, log, err); err != nil {
		return err
	}

	return r.figure(Figure{
		Name: "fill", Text: fmt.Sprintf("filling a log with %s events, 1,000 an append", grouped(int64(r.Events))),
		Value: float64(r.Events) / took.Seconds(), Unit: "events/s",
	})
}

// megabytes returns bytes as millions.
func megabytes(bytes int64) float64 { return float64(bytes) / 1e6 }

// millis returns a duration in milliseconds.
func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
