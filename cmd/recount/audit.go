package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/wire"
)

// auditCommand shows who did what.
type auditCommand struct {
	Stream string `arg:"" help:"Stream, named category:id." placeholder:"meeting:42"`

	From  uint64 `help:"Version to begin with." placeholder:"VERSION"`
	Limit uint32 `help:"Most events to show." placeholder:"N"`
	At    moment `help:"Leave out what was recorded after this moment." placeholder:"TIME"`

	Remote remote `embed:""`
}

// Help returns what the command's help says at length.
func (*auditCommand) Help() string {
	return `Shows who did what, when, and by which command, straight from the log: no views
are needed. Times are those at which the log recorded it.

Examples:
  recount audit meeting:42
  recount audit meeting:42 --server https://app.example.com --json`
}

// Run shows the events.
func (c *auditCommand) Run(ctx context.Context, s *session) error {
	stream, err := event.ParseStream(c.Stream)
	if err != nil {
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

		out := s.newAudit()
		for e, err := range log.Read(ctx, stream, store.Range{
			From:  event.Version(c.From),
			Until: c.At.time(time.Now()),
			Limit: int(c.Limit),
		}) {
			if err != nil {
				return cmp.Or(err, out.flush())
			}

			if err := out.print(&e); err != nil {
				return err
			}
		}

		return out.flush()
	})
}

// audit shows events with the commands that they came from.
type audit struct {
	table   *table        // nil for JSON
	out     *bufio.Writer // for JSON
	command string
	upto    event.Version // the last version that came from command
}

func (s *session) newAudit() *audit {
	if s.json {
		return &audit{out: bufio.NewWriterSize(s.out, 64<<10)}
	}

	return &audit{table: newTable(&s.out,
		column{title: "VERSION", right: true, style: bold},
		column{title: "RECORDED", style: faint},
		column{title: "ACTOR"},
		column{title: "COMMAND"},
		column{title: "TYPE", style: cyan},
		column{title: "SUBJECT"},
		column{title: "DATA"},
	)}
}

// commandOf returns the name of the command that an event came from; "" if none is
// known. The first event of a command names it, and may say how far it goes.
func (a *audit) commandOf(e *event.Event) string {
	var meta struct {
		Command struct {
			Name    string        `json:"name"`
			Version event.Version `json:"version"`
		} `json:"$command"`
	}

	if err := json.Unmarshal(e.Meta.Extra, &meta); err == nil && meta.Command.Name != "" {
		a.command, a.upto = meta.Command.Name, max(e.Version, meta.Command.Version)
	}

	if e.Version > a.upto {
		return ""
	}

	return a.command
}

func (a *audit) print(e *event.Event) error {
	command := a.commandOf(e)

	if a.table != nil {
		return a.table.add(strconv.FormatUint(uint64(e.Version), 10), e.Recorded.UTC().Format("2006-01-02T15:04:05.000Z"),
			e.Actor, command, e.Type, e.Subject, dataText(e))
	}

	line := wire.AppendEvent(nil, e)
	if command != "" {
		name, err := json.Marshal(command)
		if err != nil {
			return err
		}

		line = append(append(append(line[:len(line)-1], `,"command":`...), name...), '}')
	}

	_, err := a.out.Write(append(line, '\n'))

	return err
}

func (a *audit) flush() error {
	if a.table != nil {
		return a.table.flush()
	}

	return a.out.Flush()
}
