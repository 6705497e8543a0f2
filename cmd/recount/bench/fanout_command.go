package bench

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/recountdev/recount/fault"
)

// Fanout is the command that measures delivery to many clients.
type Fanout struct {
	Only        []string      `help:"Parts to measure: saturation, stalled, latency, memory. Defaults to all." placeholder:"PART"`
	Rooms       int           `help:"Measure saturation with so many rooms, instead of 1 and 100." placeholder:"N"`
	Clients     int           `help:"Measure saturation with so many clients in each room, instead of 1,000 and 100." placeholder:"N"`
	Connections int           `default:"9000" help:"Clients of the measurements of latency and memory, in rooms of 50." placeholder:"N"`
	Rate        int           `default:"50000" help:"Deliveries a second at which latency is measured." placeholder:"N"`
	Behind      int           `default:"1000" help:"Events that the slowest client of a room may be behind at saturation." placeholder:"N"`
	Time        time.Duration `default:"5s" help:"How long every round measures; at most 40s."`
	Rounds      int           `default:"3" help:"How often everything is measured."`
	Profile     string        `help:"Folder for profiles of the server's CPU time and memory." placeholder:"FOLDER" type:"existingdir"`
	Dir         string        `default:"." help:"Folder on the disk to measure; a folder within it is used and removed." type:"existingdir"`

	// Load and Serve are those of FanoutConfig. They default to bench
	// fanout-load, and to serve on this machine.
	Load  []string `kong:"-"`
	Serve []string `kong:"-"`
}

// Help returns what the command's help says at length.
func (*Fanout) Help() string {
	return `Measures how events reach many clients at once. This process is the server, on
an embedded store that syncs every append; the clients are another process,
which speaks the real protocol. Both share the cores of this machine.

Saturation appends as fast as the slowest client takes: a delivery is one event
that one client got. Stalled is saturation of a room with and without clients
that stopped reading. Latency is measured at an even pace, beside bare loops that
write the same frames to as many plain sockets: one has no disk, the other first
writes them to a file and syncs it, once for all that wait. Memory is that of
'recount serve' without clients, and of an idle connection. Every run fails if a
client that reads does not get every event once and in order.

Examples:
  recount bench fanout
  recount bench fanout --only saturation --rooms 10 --clients 500 --rounds 5
  recount bench fanout --only stalled --time 10s
  recount bench fanout --only latency,memory --connections 5000 --json`
}

// Run measures, and writes a line for each figure.
func (c *Fanout) Run(ctx context.Context, env Env) error {
	m, err := DescribeMachine(c.Dir)
	if err != nil {
		return err
	}

	p, status, clearStatus := env.output()
	defer clearStatus()

	config, err := c.config(&env, status)
	if err != nil {
		return err
	}

	how := fmt.Sprintf("Delivery of %d B events; medians of %d rounds of %s, deliveries a second also from the lowest to the highest.", PayloadSize, config.Rounds, config.Time)
	if err := p.machine(m, how); err != nil {
		return err
	}

	return RunFanout(ctx, config, func(f Figure) error {
		clearStatus()

		return p.figure(f)
	})
}

// config returns what the flags say.
func (c *Fanout) config(env *Env, status func(string)) (*FanoutConfig, error) {
	config := &FanoutConfig{
		Open: env.Open, Dir: c.Dir, Only: c.Only, Connections: c.Connections, Rate: c.Rate, Behind: c.Behind,
		Time: c.Time, Rounds: c.Rounds, Load: c.Load, Serve: c.Serve, Profile: c.Profile, Status: status,
	}

	switch {
	case c.Rooms > 0 && c.Clients > 0:
		config.Shapes = []Shape{{c.Rooms, c.Clients}}
	case c.Rooms != 0 || c.Clients != 0:
		return nil, fault.Invalid("--rooms %d with --clients %d: give both, 1 or more each", c.Rooms, c.Clients)
	}

	if len(c.Load) == 0 {
		config.Load = []string{"bench", "fanout-load"}
	}

	if len(c.Serve) == 0 {
		config.Serve = []string{"serve", "--listen", "127.0.0.1:0", "--json", "--store"}
	}

	return config.withDefaults()
}

// FanoutLoad is the hidden command that a run of Fanout starts: the clients.
type FanoutLoad struct {
	// In is where the orders come from. Defaults to the standard input.
	In io.Reader `kong:"-"`
}

// Run obeys orders until there are no more.
func (c *FanoutLoad) Run(ctx context.Context, env Env) error {
	in := c.In
	if in == nil {
		in = os.Stdin
	}

	return RunFanoutLoad(ctx, in, env.Stdout)
}
