package projection

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Tx is the transaction of a batch, in which the checkpoint moves too. Its
// statements have ? as placeholder and the plain names of the projection's own
// tables. A statement that failed fails the whole batch, whatever the handler
// makes of the error. It belongs to the handler that was given it, is not for
// several goroutines, and ends when that returns, and so do its rows.
//
// In SQLite a statement that was given the handler's own context is not
// interrupted when the projection ends: that waits for it. Give a statement that
// may take long a context with a time limit.
type Tx struct {
	t          *transaction
	statements *statements
	ctx        context.Context //nolint:containedctx // to tell whether a handler passes on what it was given
	bare       context.Context //nolint:containedctx // the same, without an end
	rows       []*sql.Rows
	err        error // of the first statement that failed
}

// newTx returns a transaction as handlers see it, and a function that ends what
// they left open.
func newTx(ctx context.Context, t *transaction, s *statements) (*Tx, func()) {
	tx := &Tx{t: t, statements: s, ctx: ctx, bare: context.WithoutCancel(ctx)}

	return tx, func() {
		for _, rows := range tx.rows {
			_ = rows.Close() // the handler has seen what was wrong, or did not look
		}

		tx.rows = nil
	}
}

// Exec runs a statement and returns how many rows it changed.
//
//nolint:contextcheck // bare is the context itself, without its end
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	stmt, err := t.statement(ctx, query)
	if err != nil {
		return 0, t.failed(query, err)
	}

	if ctx == t.ctx && stmt.prepared != nil {
		ctx = t.bare // SQLite starts a goroutine for every statement whose context may end
	}

	var result sql.Result
	if stmt.prepared != nil {
		result, err = stmt.prepared.ExecContext(ctx, args...)
	} else {
		result, err = t.t.on.ExecContext(ctx, stmt.text, args...)
	}

	if err != nil {
		return 0, t.failed(query, err)
	}

	n, err := result.RowsAffected()

	return n, t.failed(query, err)
}

// Query runs a statement that returns rows.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := t.statement(ctx, query)
	if err != nil {
		return nil, t.failed(query, err)
	}

	// Not as it was prepared: a prepared statement of SQLite has one set of rows
	// at a time, and these may be open for long.
	rows, err := t.t.on.QueryContext(ctx, stmt.text, args...)
	if err != nil {
		return nil, t.failed(query, err)
	}

	t.rows = append(t.rows, rows)

	return rows, nil
}

// QueryRow returns the first row of what a statement returns. The statement runs
// when the row is scanned.
func (t *Tx) QueryRow(ctx context.Context, query string, args ...any) *Row {
	return &Row{tx: t, query: query, run: func() (*sql.Rows, error) { return t.row(ctx, query, args) }}
}

func (t *Tx) row(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	stmt, err := t.statement(ctx, query)
	if err != nil {
		return nil, err
	}

	if stmt.prepared == nil {
		return t.t.on.QueryContext(ctx, stmt.text, args...)
	}

	if ctx == t.ctx {
		ctx = context.WithoutCancel(ctx) // as in Exec
	}

	return stmt.prepared.QueryContext(ctx, args...)
}

// Row is at most one row.
type Row struct {
	tx    *Tx
	query string
	run   func() (*sql.Rows, error)
}

// Scan copies the columns of the row. It fails with sql.ErrNoRows if there is no
// row, which is not a failure of the batch.
func (r *Row) Scan(to ...any) error {
	rows, err := r.run()
	if err != nil {
		return r.tx.failed(r.query, err)
	}
	defer rows.Close()

	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return r.tx.failed(r.query, err)
		}

		return sql.ErrNoRows
	}

	return r.tx.failed(r.query, errors.Join(rows.Scan(to...), rows.Close()))
}

// Dialect returns the SQL that the database speaks.
func (t *Tx) Dialect() Dialect { return t.statements.views.dialect }

// statement returns a statement with the names of the generation.
func (t *Tx) statement(ctx context.Context, query string) (*statement, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}

	return t.statements.find(ctx, query)
}

// failed keeps the first error.
func (t *Tx) failed(query string, err error) error {
	if err == nil {
		return nil
	}

	err = fmt.Errorf("%s: %w", shown(query), err)
	if t.err == nil {
		t.err = err
	}

	return err
}

// maxStatements is how many statements a generation keeps prepared.
const maxStatements = 200

// statements are those of a generation's handlers. They are used by one
// goroutine at a time, which has a transaction open.
type statements struct {
	views *Views
	names map[string]string
	known map[string]*statement
}

// statement is one with the names of a generation.
type statement struct {
	text     string
	prepared *sql.Stmt // nil for PostgreSQL, whose driver keeps its own
}

// find returns a statement, prepared if that is of use.
func (s *statements) find(ctx context.Context, query string) (*statement, error) {
	if known, ok := s.known[query]; ok {
		return known, nil
	}

	text, err := rewrite(query, s.names, s.views.dialect)
	if err != nil {
		return nil, err
	}

	found := &statement{text: text}
	if s.views.conn != nil {
		if found.prepared, err = s.views.conn.PrepareContext(context.WithoutCancel(ctx), text); err != nil {
			return nil, err
		}
	}

	if len(s.known) >= maxStatements {
		s.forget()
	}

	if s.known == nil {
		s.known = make(map[string]*statement)
	}

	s.known[query] = found

	return found, nil
}

// forget closes all statements.
func (s *statements) forget() {
	for _, known := range s.known {
		if known.prepared != nil {
			_ = known.prepared.Close() // it only reads memory
		}
	}

	clear(s.known)
}
