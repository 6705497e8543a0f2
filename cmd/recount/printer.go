package main

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/wire"
)

// printer shows events.
type printer interface {
	print(e *event.Event) error
	// flush shows what was printed so far.
	flush() error
}

// newPrinter returns what shows events as the person wants to see them; with the
// stream of each if they come from several.
func (s *session) newPrinter(streams bool) printer {
	if s.json {
		return &jsonPrinter{out: bufio.NewWriterSize(s.out, 64<<10)}
	}

	columns := []column{
		{title: "VERSION", right: true, style: bold},
		{title: "TIME", style: faint},
		{title: "TYPE", style: cyan},
		{title: "ACTOR"},
		{title: "SUBJECT"},
		{title: "DATA"},
	}
	if streams {
		columns = append([]column{{title: "STREAM", style: bold}}, columns...)
	}

	return &tablePrinter{table: newTable(&s.out, columns...), streams: streams}
}

// jsonPrinter shows an event as one line of JSON.
type jsonPrinter struct {
	out  *bufio.Writer
	line []byte
}

func (p *jsonPrinter) print(e *event.Event) error {
	p.line = append(wire.AppendEvent(p.line[:0], e), '\n')
	_, err := p.out.Write(p.line)

	return err
}

func (p *jsonPrinter) flush() error { return p.out.Flush() }

// tablePrinter shows an event as a row.
type tablePrinter struct {
	table   *table
	streams bool
}

func (p *tablePrinter) print(e *event.Event) error {
	cells := make([]string, 0, 7)
	if p.streams {
		cells = append(cells, string(e.Stream))
	}

	return p.table.add(append(cells,
		strconv.FormatUint(uint64(e.Version), 10),
		e.Time.UTC().Format("2006-01-02T15:04:05.000Z"),
		e.Type, e.Actor, e.Subject, dataText(e))...)
}

func (p *tablePrinter) flush() error { return p.table.flush() }

// dataText returns an event's data for people.
func dataText(e *event.Event) string {
	if len(e.Data) == 0 || e.IsJSON() || strings.HasPrefix(e.ContentType, "text/") {
		return string(e.Data)
	}

	return fmt.Sprintf("(%s of %s)", counted(uint64(len(e.Data)), "byte"), e.ContentType)
}
