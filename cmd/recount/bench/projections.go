package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// The parts of a run of RunProjections.
const (
	partJournal = "journal"
	partBatch   = "batch"
	partEach    = "each"
	partLag     = "live"
)

// projectionsParts are all parts, in the order in which they are measured.
func projectionsParts() []string { return []string{partJournal, partBatch, partEach, partLag} }

// ProjectionsConfig says how to measure projections. Only Open is required.
type ProjectionsConfig struct {
	// Open opens the store to measure.
	Open Opener
	// Dir is the folder on the disk to measure; a folder within it is used and
	// removed. Defaults to the working directory.
	Dir string
	// Postgres is the URL of a PostgreSQL, in which everything is measured once
	// more, in schemas that are removed. Defaults to none.
	Postgres string
	// Only names the parts to measure: journal, batch, each, live. Defaults to
	// all.
	Only []string
	// Events is how many events are projected in a rebuild. Defaults to 100,000.
	Events int
	// Rate is how many events a second are appended in the part live. Defaults
	// to 2,000.
	Rate int
	// Time is how long a round of the part live measures. Defaults to 5 s.
	Time time.Duration
	// WarmUp is how long such a round runs before it measures. Defaults to an
	// eighth of Time.
	WarmUp time.Duration
	// Rounds is how often every candidate has its turn. Defaults to 3.
	Rounds int
	// Profile is a folder for profiles of the CPU time and memory of rebuilds and
	// of the part live, each of the last round. Defaults to none.
	Profile string
	// Status is told in a few words what is being done, for a person who
	// waits. Defaults to nobody.
	Status func(text string)
}

// withDefaults returns a copy with nothing left out.
func (c *ProjectionsConfig) withDefaults() (*ProjectionsConfig, error) {
	f := *c
	if f.Open == nil {
		return nil, fault.Invalid("no store to measure: set Open")
	}

	for _, part := range f.Only {
		if !slices.Contains(projectionsParts(), part) {
			return nil, fault.Invalid("part %q is not known: name journal, batch, each or live", part)
		}
	}

	f.Events = or(f.Events, 100_000)
	f.Rate = or(f.Rate, 2000)
	f.Rounds = or(f.Rounds, 3)
	f.Time = or(f.Time, 5*time.Second)
	f.WarmUp = or(f.WarmUp, f.Time/8)

	if min(f.Events, f.Rate, f.Rounds) < 1 || min(f.Time, f.WarmUp) < 0 {
		return nil, fault.Invalid("events, rate, rounds and times cannot be negative")
	}

	if f.Status == nil {
		f.Status = func(string) {}
	}

	return &f, nil
}

// wants reports whether a part is to be measured.
func (c *ProjectionsConfig) wants(part string) bool {
	return len(c.Only) == 0 || slices.Contains(c.Only, part)
}

// RunProjections measures, and reports every figure as soon as it is there. When
// it returns, also because ctx ended, nothing is left on the disk.
func RunProjections(ctx context.Context, c *ProjectionsConfig, report func(Figure) error) (err error) {
	c, err = c.withDefaults()
	if err != nil {
		return err
	}

	folder, remove, err := workspace(c.Dir)
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, remove()) }()

	r := &projectionsRun{readRun: readRun{folder: folder, report: report}, config: c, drafts: projected()}

	databases := []database{&sqliteFiles{folder: filepath.Join(folder, "views")}}
	if c.Postgres != "" {
		p, err := connectPostgres(ctx, c.Postgres)
		if err != nil {
			return err
		}

		defer func() { err = errors.Join(err, p.close(ctx)) }()

		databases = append(databases, p)
	}

	for _, d := range databases {
		if err := r.measure(ctx, d); err != nil {
			return err
		}
	}

	return nil
}

// projectionsRun is one run of RunProjections.
type projectionsRun struct {
	readRun // reports figures

	config *ProjectionsConfig
	drafts []event.Draft
	// written says that the log that is projected is there.
	written bool
}

// measure measures all parts in a database.
func (r *projectionsRun) measure(ctx context.Context, d database) error {
	for _, subject := range subjects() {
		if !r.config.wants(subject.part) {
			continue
		}

		if err := r.rebuilding(ctx, d, subject); err != nil {
			return fmt.Errorf("%s in %s: %w", subject.part, d.name(), err)
		}
	}

	if !r.config.wants(partLag) {
		return nil
	}

	if err := r.live(ctx, d); err != nil {
		return fmt.Errorf("%s in %s: %w", partLag, d.name(), err)
	}

	return nil
}

// statusf says what is being done.
func (r *projectionsRun) statusf(format string, args ...any) {
	r.config.Status(fmt.Sprintf(format, args...))
}

// onStore opens the store of a folder for a while.
func (r *projectionsRun) onStore(ctx context.Context, name string, do func(log store.Log) error) error {
	b, err := r.config.Open(ctx, filepath.Join(r.folder, name))
	if err != nil {
		return fmt.Errorf("open the store to measure: %w", err)
	}

	return closeAfter(ctx, b.Log, do(b.Log))
}

// write fills the log that is projected, if that was not done yet: a thousand
// events an append, each to another stream.
func (r *projectionsRun) write(ctx context.Context, log store.Log) error {
	const most = 1000

	if r.written {
		return nil
	}

	progress := newPace(int64(r.config.Events))

	for done := 0; done < r.config.Events; {
		batches := make([]store.Batch, min(most, r.config.Events-done))
		for i := range batches {
			batches[i] = store.Batch{Stream: filledStream(i), Drafts: []event.Draft{r.drafts[(done+i)%len(r.drafts)]}}
		}

		if _, err := log.Append(ctx, batches...); err != nil {
			return fmt.Errorf("fill the log: %w", err)
		}

		done += len(batches)
		r.statusf("filling a log: %s", progress.left(int64(done)))
	}

	r.written = true

	return nil
}
