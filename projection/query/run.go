package query

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"time"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
)

// conn runs statements.
type conn interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// wrap returns a statement that has one row more than there may be, so that it is
// seen when there are more. In SQLite all is done before there is a first row,
// because a driver can end a statement only until then.
func wrap(text string, maxRows int, d projection.Dialect) string {
	text = "select * from (" + text + "\n) as recount_query limit " + strconv.Itoa(maxRows+1)
	if d == projection.SQLite {
		text = "select *, count(*) over () as recount_count from (" + text + ")"
	}

	return text
}

// run runs a statement on a connection that cannot write.
func run(ctx context.Context, views *projection.Views, s *statement, args []any, maxRows int, timeout time.Duration) (Result, error) {
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	var result Result

	err := reading(within, views, timeout, func(c conn) error {
		var err error
		result, err = collect(within, c, views.Dialect(), wrap(s.text, maxRows, views.Dialect()), args, maxRows)

		return err
	})
	if err == nil {
		return result, nil
	}

	if within.Err() != nil && ctx.Err() == nil {
		return Result{}, tooSlow(timeout)
	}

	if ctx.Err() != nil {
		return Result{}, ctx.Err()
	}

	return Result{}, explained(ctx, views, s, err, timeout)
}

func tooSlow(timeout time.Duration) error {
	return fault.Unavailable("it took longer than %v: ask for less, let the projection have an index, or raise its timeout", timeout)
}

// reading calls do with a connection that cannot write, and undoes whatever a
// statement may have changed of the session.
func reading(ctx context.Context, views *projection.Views, timeout time.Duration, do func(conn) error) error {
	if views.Dialect() == projection.SQLite {
		return do(views.Reader())
	}

	tx, err := views.Reader().BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it only read, and if the connection is gone so is the session

	// The server ends it, too, should the word to do so not arrive.
	if _, err := tx.ExecContext(ctx, "set local statement_timeout = "+strconv.FormatInt(max(1, timeout.Milliseconds()), 10)); err != nil {
		return err
	}

	return do(tx)
}

// collect runs a statement and keeps its rows.
func collect(ctx context.Context, c conn, d projection.Dialect, text string, args []any, maxRows int) (Result, error) {
	rows, err := c.QueryContext(ctx, text, args...)
	if err != nil {
		return Result{}, err
	}
	defer rows.Close()

	columns, err := rows.Columns()
	if err != nil {
		return Result{}, err
	}

	types, err := rows.ColumnTypes()
	if err != nil {
		return Result{}, err
	}

	if d == projection.SQLite {
		columns = columns[:len(columns)-1] // the count
	}

	for i, column := range columns {
		if slices.Contains(columns[:i], column) || d == projection.SQLite && renamed(column, columns[:i]) {
			return Result{}, fault.Invalid("two columns are called %s: name one of them otherwise, with AS", original(column))
		}
	}

	r := Result{Columns: columns, Rows: [][]any{}}
	values, places := make([]any, len(types)), make([]any, len(types))
	for i := range values {
		places[i] = &values[i]
	}

	size := 0
	for rows.Next() {
		if len(r.Rows) == maxRows {
			r.More = true

			break
		}

		if err := rows.Scan(places...); err != nil {
			return Result{}, err
		}

		row := make([]any, len(columns))
		for i := range columns {
			var bytes int

			row[i], bytes = valueOf(values[i], types[i].DatabaseTypeName())
			size += bytes
		}

		if size > maxBytes {
			return Result{}, fault.TooLarge("the result has more than %d MiB: ask for fewer rows or columns", maxBytes>>20)
		}

		r.Rows = append(r.Rows, row)
	}

	return r, rows.Err()
}

// explain asks the database whether it understands a statement.
func explain(ctx context.Context, views *projection.Views, s *statement, args []any) error {
	err := reading(ctx, views, DefaultTimeout, func(c conn) error {
		rows, err := c.QueryContext(ctx, "explain "+wrap(s.text, 1, views.Dialect()), args...)
		if err != nil {
			return err
		}
		defer rows.Close()

		for rows.Next() { // what the plan says is of no interest
		}

		return rows.Err()
	})
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}

	return explained(ctx, views, s, err, DefaultTimeout)
}
