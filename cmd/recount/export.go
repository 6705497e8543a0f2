package main

import (
	"bufio"
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/wire"
)

// exportCommand writes events as CloudEvents.
type exportCommand struct {
	Category []string `help:"Only streams of these categories." placeholder:"NAME"`
	Since    moment   `help:"Only what was recorded at this moment or after it." placeholder:"TIME"`
}

// Help returns what the command's help says at length.
func (*exportCommand) Help() string {
	return `Events come in the order in which they were recorded. What is imported into an
empty store and exported again is the same to the byte.

Examples:
  recount export > all.ndjson
  recount export --category meeting --since 7d | gzip > week.ndjson.gz`
}

// Run writes the events.
func (c *exportCommand) Run(ctx context.Context, s *session) error {
	for _, category := range c.Category {
		if category == "" || strings.Contains(category, ":") {
			return fault.Invalid("--category %q is no category, which is what stands before the colon: give one such as meeting", category)
		}
	}

	filter := store.Filter{Categories: c.Category, Since: c.Since.time(time.Now())}

	return s.withStore(ctx, backends.Options{MustExist: true}, func(b store.Backend) error {
		state, err := b.Log.State(ctx)
		if err != nil {
			return err
		}

		shown := &progress{}
		if !s.out.isTerminal() { // the lines themselves are progress enough
			shown = s.startProgress("exporting", inEvents)
		}
		defer shown.clear()

		out := bufio.NewWriterSize(s.out, 256<<10)
		events := uint64(0)
		for page, err := range b.Log.Feed(ctx, event.Position{}, filter) {
			if err != nil {
				return cmp.Or(err, out.Flush())
			}

			if err := writeLines(out, page.Events); err != nil {
				return err
			}

			events += uint64(len(page.Events))
			// Positions are opaque; for a guess of the time that is left they will do.
			shown.update(int64(page.Upto.Number()), int64(state.Head.Number()))
		}

		if err := out.Flush(); err != nil {
			return err
		}

		shown.clear()
		if !s.out.isTerminal() {
			s.notef("exported %s", counted(events, "event"))
		}

		return nil
	})
}

// writeLines writes events as lines of CloudEvents.
func writeLines(out *bufio.Writer, events []event.Event) error {
	for i := range events {
		line := wire.AppendCloudEvent(out.AvailableBuffer(), &events[i])
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
	}

	return nil
}
