package main

import (
	"context"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/cmd/recount/bench"
	"github.com/recountdev/recount/store"
)

// benchCommand groups what can be measured.
type benchCommand struct {
	Append      bench.Append      `cmd:"" help:"Measure durable appends."`
	Read        bench.Read        `cmd:"" help:"Measure replay, loading, disk and memory."`
	Fanout      bench.Fanout      `cmd:"" help:"Measure delivery to many clients."`
	Commands    bench.Commands    `cmd:"" help:"Measure commands to aggregates."`
	Projections bench.Projections `cmd:"" help:"Measure projections: rebuilds, and how soon events are seen."`
	Idle        bench.Idle        `cmd:"" hidden:"" help:"Do nothing, and say how much memory that takes."`
	FanoutLoad  bench.FanoutLoad  `cmd:"" hidden:"" help:"Be the clients of a run of fanout."`
}

// benchEnv is what the measurements get from this program.
func (s *session) benchEnv() bench.Env {
	return bench.Env{
		Open: func(ctx context.Context, folder string) (store.Backend, error) {
			return s.openStore(ctx, "pebble:"+folder, backends.Options{})
		},
		Stdout:   s.out,
		Stderr:   s.err,
		JSON:     s.json,
		Color:    s.out.color,
		Progress: s.err.isTerminal(),
	}
}
