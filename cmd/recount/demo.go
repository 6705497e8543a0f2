package main

import (
	"context"
	"fmt"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/cmd/recount/demo"
)

// demoCommand runs a small meeting.
type demoCommand struct {
	Listen string `default:"127.0.0.1:4000" help:"Address to listen on." placeholder:"ADDR"`
}

// Help returns what the command's help says at length.
func (*demoCommand) Help() string {
	return `A meeting on one page: add cards, vote, rename, react. Open it in two tabs, or
send its link to somebody in your network. What happens is kept in the store.

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

	return s.serve(ctx, &serving{
		listen: c.Listen,
		store:  url,
		views:  viewsBeside(url),
		app: recount.Options{
			Categories: map[string]category.Declaration{"meeting": demoMeeting()},
			Auth:       auth.Options{Anonymous: true},
		},
		wrap: demo.Handler,
		say: func(at string) {
			fmt.Fprintf(s.out, "Open %s in two windows of a browser. What happens is kept in %s.\n", s.out.styled(bold, at), url)
		},
	})
}

// demoMeeting declares what the page sends. New types of events need no
// declaration.
func demoMeeting() category.Declaration {
	return category.Declaration{
		Events:   map[string]category.EventType{"reaction_sent": {LiveOnly: true}},
		Signals:  []string{"writing"},
		Presence: true,
	}
}
