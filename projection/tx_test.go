package projection_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
)

// TestTx shows what a transaction lets handlers do, and what not.
func TestTx(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			type step = func(ctx context.Context, tx *projection.Tx) error

			steps := map[string]struct {
				do   step
				want string // part of the error, or "" for none
			}{
				"query": {func(ctx context.Context, tx *projection.Tx) error {
					rows, err := tx.Query(ctx, `select k, v from "t" where k = ? and v <> 't ?' -- t ?`, "a")
					if err != nil {
						return err
					}
					defer rows.Close()

					if !rows.Next() {
						return fmt.Errorf("no row: %w", rows.Err())
					}

					var k, v string

					return rows.Scan(&k, &v)
				}, ""},
				"rows left open": {func(ctx context.Context, tx *projection.Tx) error {
					_, err := tx.Query(ctx, "select k from t") //nolint:sqlclosecheck,rowserrcheck,gocritic // that is what is tested

					return err
				}, ""},
				"changed": {func(ctx context.Context, tx *projection.Tx) error {
					if n, err := tx.Exec(ctx, "update t set v = 'b' where t.k = ?", "a"); n != 1 || err != nil {
						return fmt.Errorf("changed %d rows: %w", n, err)
					}

					if err := tx.QueryRow(ctx, "select v from t where k = 'z'").Scan(new(string)); !errors.Is(err, sql.ErrNoRows) {
						return fmt.Errorf("no row: got %w", err)
					}

					var v string
					if err := tx.QueryRow(ctx, "select v from t where k = ?", "a").Scan(&v); err != nil || v != "b" {
						return fmt.Errorf("got %s: %w", v, err)
					}

					return nil
				}, ""},
				"error that is hidden": {func(ctx context.Context, tx *projection.Tx) error {
					_, _ = tx.Exec(ctx, "insert into t (k, v) values ('a', 'again')")

					return nil
				}, "insert into t"},
				"row that is hidden": {func(ctx context.Context, tx *projection.Tx) error {
					_ = tx.QueryRow(ctx, "select nothing from t").Scan(new(string))

					return nil
				}, "nothing"},
				"commit": {func(ctx context.Context, tx *projection.Tx) error {
					_, err := tx.Exec(ctx, "commit")

					return err
				}, "begins with commit"},
				"row of a commit": {func(ctx context.Context, tx *projection.Tx) error {
					var n int

					return tx.QueryRow(ctx, "rollback").Scan(&n)
				}, "begins with rollback"},
				"two": {func(ctx context.Context, tx *projection.Tx) error {
					_, err := tx.Exec(ctx, "delete from t; delete from t")

					return err
				}, "2 statements"},
				"none": {func(ctx context.Context, tx *projection.Tx) error {
					_, err := tx.Query(ctx, " -- nothing") //nolint:sqlclosecheck,rowserrcheck,gocritic // there are none

					return err
				}, "0 statements"},
				"many": {func(ctx context.Context, tx *projection.Tx) error {
					for i := range 450 {
						if _, err := tx.Exec(ctx, fmt.Sprintf("update t set v = 'v%d' where k = 'a'", i)); err != nil {
							return err
						}
					}

					return nil
				}, ""},
			}

			d := projection.Define("t", projection.Options{Tables: `create table t (k text primary key, v text not null)`},
				projection.On("begun", func(ctx context.Context, tx *projection.Tx, _ *event.Event, _ any) error {
					_, err := tx.Exec(ctx, "insert into t (k, v) values ('a', '')")

					return err
				}),
				projection.OnEach(func(ctx context.Context, tx *projection.Tx, e *event.Event) error {
					if s, ok := steps[e.Subject]; ok {
						return s.do(ctx, tx)
					}

					return nil
				}))

			h := start(t, newLog(t), url, d)
			h.append("a:1", "begun", 1)

			for name, s := range steps {
				p := h.subject("a:1", name)

				if s.want == "" {
					h.wait("t", p)

					continue
				}

				h.until(name+" stops it", func() bool { return h.status().State == projection.Stopped })

				if f := h.status().Failure; !strings.Contains(f.Error, s.want) || f.Position != p {
					t.Errorf("%s: got %s", name, shown(f))
				}

				if err := h.views.Skip(t.Context(), "t", p); err != nil {
					t.Error(err)
				}

				h.wait("t", p)
			}
		})
	}
}

// TestInterrupted shows that a statement with a time limit is interrupted, in the
// middle of a batch, and that the same one works afterwards.
func TestInterrupted(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			d := projection.Define("t", projection.Options{Tables: `create table t (n bigint)`},
				projection.On("added", func(ctx context.Context, tx *projection.Tx, _ *event.Event, data added) error {
					ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
					defer cancel()

					_, err := tx.Exec(ctx, `insert into t with recursive c(n) as (select 1 union all select n + 1 from c where n < cast(? as bigint)) select count(*) from c`, data.N)

					return err
				}))

			h := start(t, newLog(t), address(t), d)
			h.wait("t", h.append("a:1", "added", 3))

			p := h.append("a:1", "added", 1_000_000_000)
			h.until("it stopped", func() bool { return h.status().State == projection.Stopped })

			if err := h.views.Skip(t.Context(), "t", p); err != nil {
				t.Fatal(err)
			}

			h.wait("t", h.append("a:1", "added", 4))

			if rows := h.rows("select n from t order by n"); strings.Join(rows, " ") != "3 4" {
				t.Errorf("got %q", rows)
			}
		})
	}
}
