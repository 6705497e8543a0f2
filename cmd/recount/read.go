package main

import (
	"cmp"
	"context"
	"time"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/nearest"
	"github.com/recountdev/recount/store"
)

// readCommand shows the events of a stream.
type readCommand struct {
	Stream string `arg:"" help:"Stream, named category:id." placeholder:"meeting:42"`

	From     uint64 `help:"Version to begin with." placeholder:"VERSION"`
	Backward bool   `help:"Show the latest first."`
	Limit    uint32 `help:"Most events to show." placeholder:"N"`
	At       moment `help:"Leave out what was recorded after this moment." placeholder:"TIME"`

	Remote remote `embed:""`
}

// Help returns what the command's help says at length.
func (*readCommand) Help() string {
	return `On a terminal, data that is too long for the line is cut; --json shows all.

Examples:
  recount read meeting:42
  recount read meeting:42 --from 5 --limit 10
  recount read meeting:42 --backward --limit 1 --json
  recount read meeting:42 --at 2026-11-21T10:00:00Z`
}

// Run shows the events.
func (c *readCommand) Run(ctx context.Context, s *session) error {
	stream := event.Stream(c.Stream)
	if stream.ID() == "*" {
		return fault.Invalid("read shows one stream: recount tail '%s' --since 7d --no-follow shows those of a category", stream)
	}

	if _, err := event.ParseStream(c.Stream); err != nil {
		return err
	}

	return s.withLog(ctx, c.Remote, backends.Options{MustExist: true}, func(log store.Log) error {
		head, err := log.Head(ctx, stream)
		if err != nil {
			return err
		}

		if head == 0 {
			return noStream(ctx, log, stream)
		}

		shown, err := c.show(ctx, s, log, stream)
		if err == nil && shown == 0 {
			s.notef("%s has %s, but none of them is in that range", stream, counted(uint64(head), "event"))
		}

		return err
	})
}

// show prints the events and returns how many they were.
func (c *readCommand) show(ctx context.Context, s *session, log store.Log, stream event.Stream) (int, error) {
	shown := 0
	out := s.newPrinter(false)
	for e, err := range log.Read(ctx, stream, store.Range{
		From:     event.Version(c.From),
		Until:    c.At.time(time.Now()),
		Limit:    int(c.Limit),
		Backward: c.Backward,
	}) {
		if err != nil {
			return shown, cmp.Or(err, out.flush())
		}

		if err := out.print(&e); err != nil {
			return shown, err
		}

		shown++
	}

	return shown, out.flush()
}

// searched is how many streams are looked at for one with a similar name.
const searched = 10_000

// noStream says that there is no such stream, and which one may be meant.
func noStream(ctx context.Context, log store.Log, stream event.Stream) error {
	search := nearest.NewSearch(string(stream))
	streams, all := 0, true
	for name, err := range log.Streams(ctx, "", "") {
		forbidden := fault.Of(err) == fault.CodeForbidden // who reads a stream of a server may not list all
		if err != nil && !forbidden {
			return err
		}

		if streams++; streams > searched || forbidden {
			all = false

			break
		}

		search.Offer(string(name))
	}

	switch near, found := search.Nearest(); {
	case found:
		return fault.NotFound("there is no stream %s: did you mean %s?", stream, near)
	case all && streams == 0:
		return fault.NotFound("there is no stream %s: the store is empty; recount append makes a stream", stream)
	default:
		return fault.NotFound("there is no stream %s: recount streams %s lists those of its category", stream, stream.Category())
	}
}
