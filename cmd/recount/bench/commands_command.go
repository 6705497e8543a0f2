package bench

import (
	"context"
	"fmt"
	"time"
)

// Commands is the command that measures commands to aggregates.
type Commands struct {
	Only       []string      `help:"Parts to measure: hot, many, decide, history, load, memory. Defaults to all." placeholder:"PART"`
	Callers    int           `default:"256" help:"How many send commands at the same time." placeholder:"N"`
	Aggregates int           `default:"10000" help:"How many aggregates they send to in the part many." placeholder:"N"`
	Events     int           `default:"1000000" help:"Events of the longest history." placeholder:"N"`
	Live       int           `default:"100000" help:"Aggregates in memory in the part memory." placeholder:"N"`
	Time       time.Duration `default:"2s" help:"How long every round measures."`
	Rounds     int           `default:"3" help:"How often every candidate has its turn."`
	Profile    string        `help:"Folder for profiles of CPU time and memory." placeholder:"FOLDER" type:"existingdir"`
	Dir        string        `default:"." help:"Folder on the disk to measure; a folder within it is used and removed." type:"existingdir"`
}

// Help returns what the command's help says at length.
func (*Commands) Help() string {
	return `Measures commands to aggregates, on an embedded store that syncs every append.
Each event has 250 B of data and says in its meta which command it was.

Hot sends all commands to one aggregate, beside appends of the same events to one
stream, and beside a plain actor that appends once for each command. Many spreads
them over many aggregates, beside appends to as many streams. Decide is deciding
and folding alone, on one core. History is the cost of a command on a loaded
aggregate, by the length of its history. Load is the first command to an aggregate
that is not in memory, with and without a snapshot. Memory is that of live
aggregates that nobody uses.

Examples:
  recount bench commands
  recount bench commands --only hot,many --callers 1000 --rounds 5
  recount bench commands --dir /mnt/disk --json`
}

// Run measures, and writes a line for each figure.
func (c *Commands) Run(ctx context.Context, env Env) error {
	m, err := DescribeMachine(c.Dir)
	if err != nil {
		return err
	}

	p, status, clearStatus := env.output()
	defer clearStatus()

	config, err := (&CommandsConfig{
		Open: env.Open, Dir: c.Dir, Only: c.Only, Callers: c.Callers, Aggregates: c.Aggregates, Events: c.Events, Live: c.Live,
		Time: c.Time, Rounds: c.Rounds, Profile: c.Profile, Status: status,
	}).withDefaults()
	if err != nil {
		return err
	}

	how := fmt.Sprintf("Commands to aggregates, events of %d B; %d alternating rounds of %s, medians.", PayloadSize, config.Rounds, config.Time)
	if err := p.machine(m, how); err != nil {
		return err
	}

	return RunCommands(ctx, config, func(f Figure) error {
		clearStatus()

		return p.figure(f)
	})
}
