package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/recountdev/recount/fault"
)

// Env is what the commands need from the program that they are part of.
type Env struct {
	// Open opens the log to measure in a folder.
	Open Opener
	// Stdout takes the figures, Stderr the progress.
	Stdout, Stderr io.Writer
	// JSON prints one object a line instead of a table.
	JSON bool
	// Color colours the table.
	Color bool
	// Progress shows on Stderr what is being done; for a terminal.
	Progress bool
	// Idle are the arguments with which this program runs the Idle command;
	// the folder follows. Defaults to "bench", "idle".
	Idle []string
}

// Append is the command that measures appends.
type Append struct {
	Appenders   []int         `default:"1,16,256,1000" help:"Numbers of appenders. With 256, one hot stream and readers that never finish are measured, too." placeholder:"N"`
	Time        time.Duration `default:"2s" help:"How long every round measures."`
	Rounds      int           `default:"3" help:"How often every candidate has its turn."`
	Overwritten bool          `help:"Also measure a segment file that is overwritten in circles."`
	Dir         string        `default:"." help:"Folder on the disk to measure; a folder within it is used and removed." type:"existingdir"`
}

// overwrittenSize is the size of the file that is overwritten in circles.
const overwrittenSize = 256 << 20

// Help returns what the command's help says at length.
func (*Append) Help() string {
	return `Measures durable appends of 250 B events beside the limit of this machine: a
bare segment file with the same group commit. The candidates take turns; rates
and latencies are medians of the rounds, ratios medians of the rounds' ratios.

Examples:
  recount bench append
  recount bench append --appenders 256 --time 10s --rounds 5
  recount bench append --dir /mnt/disk --json`
}

// Run measures, and writes a row for each candidate.
func (c *Append) Run(ctx context.Context, env Env) error {
	m, err := DescribeMachine(c.Dir)
	if err != nil {
		return err
	}

	p, status, clearStatus := env.output()
	defer clearStatus()

	config := AppendConfig{Open: env.Open, Dir: c.Dir, Appenders: c.Appenders, Time: c.Time, Rounds: c.Rounds, Status: status}
	if c.Overwritten {
		config.Overwritten = overwrittenSize
	}

	config, err = config.withDefaults()
	if err != nil {
		return err
	}

	how := fmt.Sprintf("Durable appends of %d B events; %d alternating rounds of %s, medians.", PayloadSize, config.Rounds, config.Time)
	if err := p.machine(m, how); err != nil {
		return err
	}

	return RunAppend(ctx, config, func(r AppendRow) error {
		clearStatus()

		return p.row(r)
	})
}

// Read is the command that measures reading, disk and memory.
type Read struct {
	Events int           `default:"1000000" help:"Events in the log that is read."`
	Long   bool          `help:"Also measure appends with very many events in the log. Takes minutes and some GB of disk."`
	Full   int           `default:"10000000" help:"How many events those are."`
	Rounds int           `default:"3" help:"How often everything is measured."`
	Time   time.Duration `default:"2s" help:"How long every round of appends measures."`
	Dir    string        `default:"." help:"Folder on the disk to measure; a folder within it is used and removed." type:"existingdir"`
}

// Help returns what the command's help says at length.
func (*Read) Help() string {
	return `Fills a log with 250 B events in streams of 100, a thousand side by side, and
measures replay, loading a stream, disk, opening, memory and allocations. Files
are read from the page cache of the operating system.

Examples:
  recount bench read
  recount bench read --events 100000
  recount bench read --long --dir /mnt/disk`
}

// Run measures, and writes a line for each figure.
func (c *Read) Run(ctx context.Context, env Env) error {
	m, err := DescribeMachine(c.Dir)
	if err != nil {
		return err
	}

	p, status, clearStatus := env.output()
	defer clearStatus()

	if err := p.machine(m, fmt.Sprintf("A log of %s events of %d B; medians of %d rounds.", grouped(int64(c.Events)), PayloadSize, c.Rounds)); err != nil {
		return err
	}

	config := ReadConfig{
		Open: env.Open, Dir: c.Dir, Events: c.Events, Rounds: c.Rounds, Time: c.Time,
		Idle: env.idle, Status: status,
	}
	if c.Long {
		config.Long = c.Full
	}

	return RunRead(ctx, config, func(f Figure) error {
		clearStatus()

		return p.figure(f)
	})
}

// Idle is the hidden command that a run of Read starts: a process with an empty
// log that does nothing for a while and then prints its memory as JSON.
type Idle struct {
	Folder string        `arg:"" help:"Folder of the log."`
	For    time.Duration `default:"3s" help:"How long to be idle."`
}

// Run is idle, and writes how much memory that took.
func (c *Idle) Run(ctx context.Context, env Env) error {
	backend, err := env.Open(ctx, c.Folder)
	if err != nil {
		return err
	}

	var m Memory

	err = wait(ctx, c.For)
	if err == nil {
		m, err = ReadMemory()
	}

	if err := closeAfter(ctx, backend.Log, err); err != nil {
		return err
	}

	return json.NewEncoder(env.Stdout).Encode(m)
}

// idle runs this program again with the Idle command.
func (e *Env) idle(ctx context.Context, folder string) (Memory, error) {
	program, err := os.Executable()
	if err != nil {
		return Memory{}, err
	}

	args := e.Idle
	if len(args) == 0 {
		args = []string{"bench", "idle"}
	}

	text, err := exec.CommandContext(ctx, program, append(slices.Clip(args), folder)...).Output() //nolint:gosec // the program is this one
	if ctx.Err() != nil {
		return Memory{}, context.Cause(ctx)
	}

	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return Memory{}, fault.Internal("the idle process ended with %w: %s", err, exit.Stderr)
	}

	if err != nil {
		return Memory{}, err
	}

	var m Memory

	err = json.Unmarshal(text, &m)

	return m, err
}

// output returns what writes figures, what shows the progress, and what takes
// the progress away.
func (e *Env) output() (p *printer, status func(string), clearStatus func()) {
	p = &printer{out: e.Stdout, json: e.JSON, color: e.Color}
	if !e.Progress {
		return p, nil, func() {}
	}

	line := &statusLine{out: e.Stderr}

	return p, line.show, line.clear
}
