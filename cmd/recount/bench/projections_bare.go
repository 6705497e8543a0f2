package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
)

// bareInserts are rows that are inserted by themselves: they are made beforehand,
// and nothing is read, decoded or remembered meanwhile.
type bareInserts struct {
	db      database
	table   string
	tables  string
	columns int
	values  []any // of all rows, one after the other
}

// readRows reads the rows of a projection from where it was built, in order of
// position.
func readRows(ctx context.Context, d database, from place, s *subject) (b *bareInserts, err error) {
	db, err := from.open()
	if err != nil {
		return nil, err
	}

	defer func() { err = errors.Join(err, db.Close()) }()

	rows, err := db.QueryContext(ctx, "select * from "+s.table+" order by position") //nolint:gosec // the name is a constant
	if err != nil {
		return nil, err
	}
	defer rows.Close()

	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}

	b = &bareInserts{db: d, table: s.table, tables: s.tables, columns: len(columns)}
	row := make([]any, len(columns))

	for rows.Next() {
		at := len(b.values)
		b.values = append(b.values, row...)

		for i := range columns {
			row[i] = &b.values[at+i]
		}

		if err := rows.Scan(row...); err != nil {
			return nil, err
		}
	}

	return b, rows.Err()
}

// rows is how many there are.
func (b *bareInserts) rows() int { return len(b.values) / b.columns }

// turn measures inserting the rows in a place, so many with a statement.
func (b *bareInserts) turn(ctx context.Context, in place, rows int) (r *result, err error) {
	db, err := in.open()
	if err != nil {
		return nil, err
	}

	defer func() { err = errors.Join(err, db.Close()) }()

	for statement := range strings.SplitSeq(b.tables, ";") {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return nil, fmt.Errorf("make the table: %w", err)
		}
	}

	r, err = measured(b.rows(), func() error { return b.insert(ctx, db, rows) })
	if err != nil {
		return nil, err
	}

	n := 0
	if err := db.QueryRowContext(ctx, "select count(*) from "+b.table).Scan(&n); err != nil {
		return nil, err
	}

	if n != b.rows() {
		return nil, fault.Internal("inserted %d rows of %d", n, b.rows())
	}

	return r, nil
}

// insert inserts the rows, in transactions as those of a projection.
func (b *bareInserts) insert(ctx context.Context, db *sql.DB, rows int) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}

	statements := make(map[int]*sql.Stmt)

	defer func() {
		for _, s := range statements {
			err = errors.Join(err, s.Close())
		}

		err = errors.Join(err, conn.Close())
	}()

	for from := 0; from < b.rows(); from += projection.DefaultBatch {
		if _, err := conn.ExecContext(ctx, "begin"); err != nil {
			return err
		}

		if err := b.some(ctx, conn, statements, from, min(from+projection.DefaultBatch, b.rows()), rows); err != nil {
			return err // the database is closed and removed
		}

		if _, err := conn.ExecContext(ctx, "commit"); err != nil {
			return err
		}
	}

	return nil
}

// some inserts some of the rows, and keeps the statements for the next.
func (b *bareInserts) some(ctx context.Context, conn *sql.Conn, statements map[int]*sql.Stmt, from, until, rows int) (err error) {
	bare := context.WithoutCancel(ctx) // SQLite starts a goroutine for every statement whose context may end

	for ; from < until; from += rows {
		n := min(rows, until-from)

		if statements[n] == nil {
			//nolint:sqlclosecheck // insert closes them
			statements[n], err = conn.PrepareContext(ctx, b.db.statement(insertSQL(b.table, b.columns, n)))
			if err != nil {
				return err
			}
		}

		if _, err := statements[n].ExecContext(bare, b.values[from*b.columns:(from+n)*b.columns]...); err != nil {
			return err
		}
	}

	return nil
}
