package main

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// tailCommand follows events.
type tailCommand struct {
	Pattern string `arg:"" optional:"" help:"A stream, or all streams of a category as in 'meeting:*'. Defaults to all." placeholder:"PATTERN"`

	Since  moment `help:"Begin with what was recorded at this moment or after it. Defaults to now." placeholder:"TIME"`
	Follow bool   `default:"true" negatable:"" help:"Go on with what comes. Without it, end with what is there."`

	Remote remote `embed:""`
}

// Help returns what the command's help says at length.
func (*tailCommand) Help() string {
	return `Shows every event as soon as it is on disk, until Ctrl-C.

A store in a folder belongs to one process at a time, so while tail has it open,
no other command can append to it: use it to look back, or follow a server.

Examples:
  recount tail 'meeting:*' --server http://127.0.0.1:4000
  recount tail 'meeting:*' --since 10m
  recount tail meeting:42 --since 2026-11-21T10:00:00Z --json
  recount tail --since 7d --no-follow`
}

// Run follows the events.
func (c *tailCommand) Run(ctx context.Context, s *session) error {
	filter, err := c.filter(time.Now())
	if err != nil {
		return err
	}

	return s.withLog(ctx, c.Remote, backends.Options{MustExist: true}, func(log store.Log) error {
		state, err := log.State(ctx)
		if err != nil {
			return err
		}

		after := state.Head
		if c.Since.set {
			after = event.Position{}
		}

		err = s.follow(ctx, log.Feed(ctx, after, filter))
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return errInterrupted // the way to end it
		}

		return err
	})
}

// follow prints the events of pages, each page as it comes.
func (s *session) follow(ctx context.Context, pages func(func(store.Page, error) bool)) error {
	out := s.newPrinter(true)
	for page, err := range pages {
		if err != nil {
			return cmp.Or(err, out.flush())
		}

		for i := range page.Events {
			if err := out.print(&page.Events[i]); err != nil {
				return err
			}
		}

		if err := out.flush(); err != nil {
			return err
		}
	}

	return ctx.Err()
}

// filter returns which events to show.
func (c *tailCommand) filter(now time.Time) (store.Filter, error) {
	filter := store.Filter{Since: c.Since.time(now), Follow: c.Follow}
	category, isCategory := strings.CutSuffix(c.Pattern, ":*")
	switch {
	case c.Pattern == "" || c.Pattern == "*":
	case isCategory && category != "" && !strings.Contains(category, ":"):
		filter.Categories = []string{category}
	case !strings.Contains(c.Pattern, ":"):
		return filter, fault.Invalid("pattern %q is neither a stream nor a category: write '%s:*' for all streams of the category", c.Pattern, c.Pattern)
	default:
		stream, err := event.ParseStream(c.Pattern)
		if err != nil {
			return filter, err
		}

		filter.Streams = []event.Stream{stream}
	}

	return filter, nil
}
