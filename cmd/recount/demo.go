package main

import (
	"context"
	"fmt"

	"github.com/recountdev/recount/cmd/recount/config"
	"github.com/recountdev/recount/cmd/recount/demo"
)

// demoCommand runs examples/meeting.
type demoCommand struct {
	Listen string `default:"127.0.0.1:4000" help:"Address to listen on." placeholder:"ADDR"`
}

// Help returns what the command's help says at length.
func (*demoCommand) Help() string {
	return `A team meeting: an agenda with votes, the discussion with a clock, actions, and
every moment of it to go back to. Open it, and again in a private window, or send
its link to somebody in your network. What happens is kept in the store.

Examples:
  recount demo
  recount demo --listen 0.0.0.0:4000
  recount read meeting:kitchen-table --server http://127.0.0.1:4000`
}

// Run serves the meeting until it is interrupted.
func (c *demoCommand) Run(ctx context.Context, s *session) error {
	url, err := s.storeURL()
	if err != nil {
		return err
	}

	example, err := config.Parse("recount.yaml of the demo", demo.Configuration)
	if err != nil {
		return err
	}

	v, err := s.configured(example)
	if err != nil {
		return err
	}

	v.listen, v.store, v.views = c.Listen, url, viewsBeside(url)
	v.wrap = demo.Handler
	v.say = func(at string) {
		fmt.Fprintf(s.out, "Open %s, and again in a private window to be two people. What happens is kept in %s.\n", s.out.styled(bold, at), url)
	}

	return s.serve(ctx, v)
}
