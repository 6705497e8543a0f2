package bench

import (
	"context"
	"fmt"
	"time"
)

// Projections is the command that measures projections.
type Projections struct {
	Only     []string      `help:"Parts to measure: journal, batch, each, live. Defaults to all." placeholder:"PART"`
	Postgres string        `help:"Measure in this PostgreSQL, too, in schemas that are removed." placeholder:"URL"`
	Events   int           `default:"100000" help:"How many events a rebuild projects." placeholder:"N"`
	Rate     int           `default:"2000" help:"Events a second in the part live." placeholder:"N"`
	Time     time.Duration `default:"5s" help:"How long every round of the part live measures."`
	Rounds   int           `default:"3" help:"How often every candidate has its turn."`
	Profile  string        `help:"Folder for profiles of CPU time and memory." placeholder:"FOLDER" type:"existingdir"`
	Dir      string        `default:"." help:"Folder on the disk to measure; a folder within it is used and removed." type:"existingdir"`
}

// Help returns what the command's help says at length.
func (*Projections) Help() string {
	return `Measures projections of an embedded store into SQLite. Each event has 250 B of data.

Journal builds the journal anew, beside bare inserts of the same rows: they are made
beforehand, and go into the same table with the same indexes, a thousand in a
transaction, many with a prepared statement. Batch and each do so for an ordinary
projection that takes all events of a transaction at once, and for one that decodes
them and takes them one by one. Live is the time from the acknowledged append until
readers see the event, at an even pace, on a store that syncs every append.

Examples:
  recount bench projections
  recount bench projections --only journal --events 1000000 --rounds 5
  recount bench projections --postgres postgres://USER:PASSWORD@HOST/DATABASE --json`
}

// Run measures, and writes a line for each figure.
func (c *Projections) Run(ctx context.Context, env Env) error {
	m, err := DescribeMachine(c.Dir)
	if err != nil {
		return err
	}

	p, status, clearStatus := env.output()
	defer clearStatus()

	config, err := (&ProjectionsConfig{
		Open: env.Open, Dir: c.Dir, Postgres: c.Postgres, Only: c.Only, Events: c.Events, Rate: c.Rate,
		Time: c.Time, Rounds: c.Rounds, Profile: c.Profile, Status: status,
	}).withDefaults()
	if err != nil {
		return err
	}

	how := fmt.Sprintf("Projections of %s events of %d B; %d alternating rounds, medians.", grouped(int64(config.Events)), PayloadSize, config.Rounds)
	if err := p.machine(m, how); err != nil {
		return err
	}

	return RunProjections(ctx, config, func(f Figure) error {
		clearStatus()

		return p.figure(f)
	})
}
