package projection

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection/internal/sqltext"
)

//go:embed schema.sql
var schema string

// transaction is an open transaction that may write. SQLite has one at a time.
type transaction struct {
	views *Views
	on    querier
	tx    *sql.Tx // nil for SQLite
}

// querier is *sql.Conn or *sql.Tx.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// begin begins a transaction when it is its turn.
func (v *Views) begin(ctx context.Context) (*transaction, error) {
	if v.onlyReads {
		return nil, fault.Invalid("the views were opened only to be read: open them by projection.Open")
	}

	if v.conn == nil {
		tx, err := v.write.BeginTx(ctx, nil)
		if err != nil {
			return nil, fault.Unavailable("the views do not answer: %w", err)
		}

		return &transaction{views: v, on: tx, tx: tx}, nil
	}

	select {
	case v.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}

	if _, err := v.conn.ExecContext(ctx, "begin immediate"); err != nil {
		_, _ = v.conn.ExecContext(context.WithoutCancel(ctx), "rollback") // it may have begun when ctx ended
		<-v.turn

		return nil, fault.Unavailable("the views do not answer: %w", err)
	}

	return &transaction{views: v, on: v.conn}, nil
}

// commit makes what was written last, or undoes it.
func (t *transaction) commit(ctx context.Context) error {
	err := t.views.commits(func() error {
		if t.tx != nil {
			return t.tx.Commit()
		}

		_, err := t.on.ExecContext(context.WithoutCancel(ctx), "commit")

		return err
	})
	if err != nil {
		t.rollback(ctx)

		return fault.Unavailable("commit to the views: %w", err)
	}

	t.end()

	return nil
}

// rollback undoes what was written.
func (t *transaction) rollback(ctx context.Context) {
	if t.on == nil {
		return
	}

	if t.tx != nil {
		_ = t.tx.Rollback() // if it fails, the connection is gone, and so is what it wrote
	} else {
		_, _ = t.on.ExecContext(context.WithoutCancel(ctx), "rollback") // it fails if SQLite did so by itself
	}

	t.end()
}

func (t *transaction) end() {
	t.on = nil

	if t.tx == nil {
		<-t.views.turn
	}
}

// transact runs f in a transaction, and undoes what it wrote if it fails.
func (v *Views) transact(ctx context.Context, f func(t *transaction) error) error {
	t, err := v.begin(ctx)
	if err != nil {
		return err
	}
	defer t.rollback(ctx)

	if err := f(t); err != nil {
		return err
	}

	return t.commit(ctx)
}

// exec runs one of the package's own statements, and returns how many rows it
// changed.
func (t *transaction) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := t.on.ExecContext(ctx, t.views.numbered(query), args...)
	if err != nil {
		return 0, fmt.Errorf("write to the views: %w", err)
	}

	return result.RowsAffected()
}

// numbered returns one of the package's own statements, which have ? for
// placeholders and no strings with one in it, as the database wants it.
func (v *Views) numbered(query string) string {
	if v.dialect == SQLite {
		return query
	}

	tokens, err := sqltext.Scan(query)
	if err != nil {
		return query // the database says what is wrong
	}

	query, _ = sqltext.Rewrite(tokens, nil, true)

	return query
}

// collect runs a query, and returns what scan makes of the rows.
func collect[T any](ctx context.Context, v *Views, on querier, scan func(row func(...any) error) (T, error), query string, args ...any) ([]T, error) {
	rows, err := on.QueryContext(ctx, v.numbered(query), args...)
	if err != nil {
		return nil, fault.Unavailable("read the views: %w", err)
	}
	defer rows.Close()

	var all []T
	for rows.Next() {
		one, err := scan(rows.Scan)
		if err != nil {
			return nil, fault.Internal("read the views: %w: if another program wrote to the tables that begin with recount_, delete the views", err)
		}

		all = append(all, one)
	}

	if err := rows.Err(); err != nil {
		return nil, fault.Unavailable("read the views: %w", err)
	}

	return all, nil
}

// prepare makes the package's own tables.
func (v *Views) prepare(ctx context.Context) error {
	tokens, err := sqltext.Scan(schema)
	if err != nil {
		return fault.Internal("schema.sql: %w", err)
	}

	return v.transact(ctx, func(t *transaction) error {
		if v.dialect == Postgres { // which makes no table twice at the same time
			if _, err := t.exec(ctx, "select pg_advisory_xact_lock(7265636)"); err != nil {
				return err
			}
		}

		for _, statement := range sqltext.Split(tokens) {
			text, _ := sqltext.Rewrite(statement, nil, false)
			if _, err := t.exec(ctx, text); err != nil {
				return err
			}
		}

		return nil
	})
}
