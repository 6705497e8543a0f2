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
)

// The parts of a run of RunCommands.
const (
	partHot     = "hot"
	partMany    = "many"
	partDecide  = "decide"
	partHistory = "history"
	partLoading = "load"
	partLive    = "memory"
)

// commandsParts are all parts, in the order in which they are measured.
func commandsParts() []string {
	return []string{partHot, partMany, partDecide, partHistory, partLoading, partLive}
}

// CommandsConfig says how to measure commands. Only Open is required.
type CommandsConfig struct {
	// Open opens the store to measure.
	Open Opener
	// Dir is the folder on the disk to measure; a folder within it is used and
	// removed. Defaults to the working directory.
	Dir string
	// Only names the parts to measure: hot, many, decide, history, load,
	// memory. Defaults to all.
	Only []string
	// Callers is how many send commands at the same time. Defaults to 256.
	Callers int
	// Aggregates is how many aggregates they send to in the part many. Defaults
	// to 10,000.
	Aggregates int
	// Events is how long the longest history is, 10 or more. Defaults to
	// 1,000,000.
	Events int
	// Live is how many aggregates are kept in memory in the part memory.
	// Defaults to 100,000.
	Live int
	// Time is how long a round measures. Defaults to 2 s.
	Time time.Duration
	// WarmUp is how long a round runs before it measures. Defaults to an
	// eighth of Time.
	WarmUp time.Duration
	// Rounds is how often every candidate has its turn. Defaults to 3.
	Rounds int
	// Profile is a folder for profiles of the CPU time and memory of the parts.
	// Defaults to none.
	Profile string
	// Status is told in a few words what is being done, for a person who
	// waits. Defaults to nobody.
	Status func(text string)
}

// withDefaults returns a copy with nothing left out.
func (c *CommandsConfig) withDefaults() (*CommandsConfig, error) {
	f := *c
	if f.Open == nil {
		return nil, fault.Invalid("no store to measure: set Open")
	}

	for _, part := range f.Only {
		if !slices.Contains(commandsParts(), part) {
			return nil, fault.Invalid("part %q is not known: name hot, many, decide, history, load or memory", part)
		}
	}

	f.Callers = or(f.Callers, hotAppenders)
	f.Aggregates = or(f.Aggregates, 10_000)
	f.Events = or(f.Events, 1_000_000)
	f.Live = or(f.Live, 100_000)
	f.Rounds = or(f.Rounds, 3)
	f.Time = or(f.Time, 2*time.Second)
	f.WarmUp = or(f.WarmUp, f.Time/8)

	if min(f.Callers, f.Aggregates, f.Live, f.Rounds) < 1 || min(f.Time, f.WarmUp) < 0 {
		return nil, fault.Invalid("callers, aggregates, rounds and times cannot be negative")
	}

	if f.Events < shortHistory {
		return nil, fault.Invalid("a history of %d events is too short: give %d or more", f.Events, shortHistory)
	}

	if f.Status == nil {
		f.Status = func(string) {}
	}

	return &f, nil
}

// wants reports whether a part is to be measured.
func (c *CommandsConfig) wants(part string) bool {
	return len(c.Only) == 0 || slices.Contains(c.Only, part)
}

// RunCommands measures, and reports every figure as soon as it is there. When it
// returns, also because ctx ended, nothing is left on the disk.
func RunCommands(ctx context.Context, c *CommandsConfig, report func(Figure) error) (err error) {
	c, err = c.withDefaults()
	if err != nil {
		return err
	}

	folder, remove, err := workspace(c.Dir)
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, remove()) }()

	inputs := newInputs()
	r := &commandsRun{readRun: readRun{folder: folder, report: report}, config: c, inputs: inputs, events: drafts(inputs)}
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{{partHot, r.hot}, {partMany, r.many}, {partDecide, r.deciding}, {partHistory, r.history}, {partLoading, r.loading}, {partLive, r.live}} {
		if !c.wants(part.name) {
			continue
		}

		err := profiled(c.Profile, part.name, func() error { return part.run(ctx) })
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}

	return nil
}

// commandsRun is one run of RunCommands.
type commandsRun struct {
	readRun // reports figures

	config *CommandsConfig
	// inputs are those of the commands, and events what they record.
	inputs []entry
	events []event.Draft
	// written says that the store with the long history is there.
	written bool
}

// at returns a place in the folder of the run.
func (r *commandsRun) at(names ...string) string {
	return filepath.Join(append([]string{r.folder}, names...)...)
}

// statusf says what is being done.
func (r *commandsRun) statusf(format string, args ...any) {
	r.config.Status(fmt.Sprintf(format, args...))
}
