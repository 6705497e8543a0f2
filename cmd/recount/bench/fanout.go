package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/recountdev/recount/fault"
)

// The parts of a run of RunFanout.
const (
	partSaturation = "saturation"
	partStalled    = "stalled"
	partLatency    = "latency"
	partMemory     = "memory"
)

// Shape says how the clients are spread: so many rooms with so many clients in
// each.
type Shape struct {
	Rooms, Clients int
}

// FanoutConfig says how to measure delivery. Only Open is required.
type FanoutConfig struct {
	// Open opens the log that the server stands on.
	Open Opener
	// Dir is the folder on the disk to measure; a folder within it is used and
	// removed. Defaults to the working directory.
	Dir string
	// Only names the parts to measure: saturation, stalled, latency, memory.
	// Defaults to all.
	Only []string
	// Shapes are what saturation is measured with. Defaults to 1 room with
	// 1,000 clients and 100 rooms with 100.
	Shapes []Shape
	// Stall are the clients of a room of which some stop reading. Defaults to
	// 500 that read, and 50 that stop.
	Stall Stall
	// Connections is how many clients latency and memory are measured with.
	// Defaults to 9,000.
	Connections int
	// Room is how many of them are in each room. Defaults to 50.
	Room int
	// Rate is how many deliveries a second latency is measured at. Defaults to
	// 50,000.
	Rate int
	// Behind is how many events the slowest client of a room may be behind at
	// saturation before those who append wait. Defaults to 1,000.
	Behind int
	// Time is how long a round measures, at most 40 s. Defaults to 5 s.
	Time time.Duration
	// WarmUp is how long a round runs before it measures. Defaults to a fifth
	// of Time.
	WarmUp time.Duration
	// Rounds is how often everything is measured. Defaults to 3.
	Rounds int
	// Settle is how long an idle server is left alone before its memory is
	// read. Defaults to 5 s.
	Settle time.Duration
	// Load are the arguments with which this program runs the load process.
	// Defaults to a load within this process, which shares its collector and
	// its open files: for tests.
	Load []string
	// Serve are the arguments with which this program runs a server that says
	// {"listening": URL}; the URL of its store follows. Defaults to none: then
	// memory is not measured.
	Serve []string
	// Profile is a folder for profiles of the server's CPU time and memory.
	// Defaults to none.
	Profile string
	// Status is told in a few words what is being done, for a person who
	// waits. Defaults to nobody.
	Status func(text string)
}

// maxRound is how long a round may measure: clients send no heartbeats, and the
// server closes connections that are silent for a minute.
const maxRound = 40 * time.Second

// withDefaults returns a copy with nothing left out.
func (c *FanoutConfig) withDefaults() (*FanoutConfig, error) {
	f := *c
	if f.Open == nil {
		return nil, fault.Invalid("no log to measure: set Open")
	}

	for _, part := range f.Only {
		if !slices.Contains([]string{partSaturation, partStalled, partLatency, partMemory}, part) {
			return nil, fault.Invalid("part %q is not known: name saturation, stalled, latency or memory", part)
		}
	}

	if f.Shapes == nil {
		f.Shapes = []Shape{{1, 1000}, {100, 100}}
	}

	for _, n := range []struct {
		value     *int
		otherwise int
	}{
		{&f.Connections, 9000},
		{&f.Room, 50},
		{&f.Rate, 50_000},
		{&f.Behind, 1000},
		{&f.Rounds, 3},
		{&f.Stall.Reading, 500},
		{&f.Stall.Stalled, 50},
	} {
		*n.value = or(*n.value, n.otherwise)
	}

	f.Time = or(f.Time, 5*time.Second)
	f.WarmUp = or(f.WarmUp, f.Time/5)
	f.Settle = or(f.Settle, 5*time.Second)

	if f.Status == nil {
		f.Status = func(string) {}
	}

	return &f, f.check()
}

// check says what cannot be measured.
func (c *FanoutConfig) check() error {
	for _, s := range c.Shapes {
		if s.Rooms < 1 || s.Clients < 1 {
			return fault.Invalid("%d rooms with %d clients cannot be measured: give 1 or more of both", s.Rooms, s.Clients)
		}
	}

	if min(c.Connections, c.Room, c.Rate, c.Behind, c.Rounds, c.Stall.Reading, c.Stall.Stalled) < 1 || min(c.Time, c.WarmUp, c.Settle) < 0 {
		return fault.Invalid("connections, rooms, clients, rates, rounds and times cannot be negative")
	}

	if max(c.Time+c.WarmUp, c.Settle) > maxRound+maxRound/5 {
		return fault.Invalid("a round of %s is too long: the clients send no heartbeats, so measure at most %s, and more rounds", c.Time, maxRound)
	}

	if c.Rate > int(time.Second)*c.Room/1000 {
		return fault.Invalid("%d deliveries a second in rooms of %d are too many: give at most %d", c.Rate, c.Room, int(time.Second)*c.Room/1000)
	}

	if c.Connections%c.Room != 0 {
		return fault.Invalid("%d connections do not fill rooms of %d: give a multiple", c.Connections, c.Room)
	}

	return nil
}

// wants reports whether a part is to be measured.
func (c *FanoutConfig) wants(part string) bool {
	if part == partMemory && c.Serve == nil {
		return false
	}

	return len(c.Only) == 0 || slices.Contains(c.Only, part)
}

// steps returns how many steps the run has.
func (c *FanoutConfig) steps() int {
	steps := 0
	if c.wants(partSaturation) {
		steps += c.Rounds * len(c.Shapes)
	}

	if c.wants(partStalled) {
		steps += c.Rounds
	}

	if c.wants(partLatency) {
		steps += c.Rounds * 3
	}

	if c.wants(partMemory) {
		steps += 2
	}

	return steps
}

// RunFanout measures, and reports every figure as soon as it is there. It fails
// if a client does not get every event once and in order. When it returns, also
// because ctx ended, nothing is left on the disk.
func RunFanout(ctx context.Context, c *FanoutConfig, report func(Figure) error) (err error) {
	c, err = c.withDefaults()
	if err != nil {
		return err
	}

	folder, remove, err := workspace(c.Dir)
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, remove()) }()

	load, err := startLoad(ctx, c.Load)
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, load.close()) }()

	r := &fanoutRun{
		readRun: readRun{folder: folder, report: report},
		config:  c,
		load:    load,
		texts:   newTexts(),
		pace:    newPace(int64(c.steps())),
	}

	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{{partSaturation, r.saturation}, {partStalled, r.stalled}, {partLatency, r.latency}, {partMemory, r.memory}} {
		if !c.wants(part.name) {
			continue
		}

		if err := part.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}

	return nil
}

// fanoutRun is one run of RunFanout.
type fanoutRun struct {
	readRun // reports figures

	config *FanoutConfig
	load   *remote
	texts  *texts
	pace   pace
	step   int64
}

// statusf says what the next step is.
func (r *fanoutRun) statusf(format string, args ...any) {
	r.config.Status(fmt.Sprintf(format, args...) + " (" + r.pace.left(r.step) + ")")
	r.step++
}

// roomNames returns names of topics.
func roomNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = "room:" + strconv.Itoa(i)
	}

	return names
}

// plural returns a number with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}

	return grouped(int64(n)) + " " + noun + "s"
}
