package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/projection/query"
)

// sqlCommand asks the views a question.
type sqlCommand struct {
	SQL string `arg:"" name:"sql" help:"One SELECT, WITH or VALUES." placeholder:"SQL"`

	Limit   uint32        `help:"Most rows to show. Defaults to 10,000." placeholder:"N"`
	Timeout time.Duration `help:"How long it may take. Defaults to 1m." placeholder:"TIME"`

	viewsFlag
}

// Help returns what the command's help says at length.
func (*sqlCommand) Help() string {
	return `The tables are those of projections; journal has every event. Nothing can be
changed. The views may belong to a server that runs.

Examples:
  recount sql 'select type, count(*) as n from journal group by type'
  recount sql 'select * from journal order by position desc limit 3' --json`
}

// What a statement may have and take where nobody says otherwise.
const (
	sqlRows    = 10_000
	sqlTimeout = time.Minute
)

// Run runs the statement.
func (c *sqlCommand) Run(ctx context.Context, s *session) error {
	return s.readViews(ctx, c.viewsFlag, func(views *projection.Views) error {
		result, err := query.Select(ctx, views, c.SQL, int(cmp.Or(c.Limit, sqlRows)), cmp.Or(c.Timeout, sqlTimeout))
		if err != nil {
			return err
		}

		if err := s.printResult(&result); err != nil {
			return err
		}

		if result.More {
			s.notef("there are more rows: add a LIMIT, or raise --limit")
		}

		return nil
	})
}

// printResult shows rows.
func (s *session) printResult(r *query.Result) error {
	if s.json {
		out := bufio.NewWriterSize(s.out, 64<<10)
		for i := range r.Rows {
			if _, err := out.Write(append(r.AppendRow(nil, i), '\n')); err != nil {
				return err
			}
		}

		return out.Flush()
	}

	columns := make([]column, len(r.Columns))
	for i, name := range r.Columns {
		columns[i] = column{title: name, right: isNumeric(r, i)}
	}

	rows := newTable(&s.out, columns...)
	for _, row := range r.Rows {
		cells := make([]string, len(row))
		for i, value := range row {
			cells[i] = cellOf(value)
		}

		if err := rows.add(cells...); err != nil {
			return err
		}
	}

	return rows.flush()
}

// isNumeric reports whether a column has numbers, and nothing else.
func isNumeric(r *query.Result, column int) bool {
	for _, row := range r.Rows {
		switch row[column].(type) {
		case int64, float64:
		default:
			return false
		}
	}

	return true
}

// cellOf returns a value for people; "" for null.
func cellOf(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.RawMessage:
		return string(v)
	default:
		return fmt.Sprint(v)
	}
}
