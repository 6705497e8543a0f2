package projection_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

const (
	benchEvents = 50_000
	benchTable  = "create table facts (position text primary key, stream text not null, type text not null, recorded bigint not null, data text not null)"
	benchInsert = "insert into facts (position, stream, type, recorded, data) values "
	benchRow    = "(?, ?, ?, ?, ?)"
	benchRows   = 100
)

// manyRows is a statement that inserts so many rows.
func manyRows(n int) string { return benchInsert + strings.Repeat(benchRow+", ", n-1) + benchRow }

func rowOf(e *event.Event) []any {
	return []any{e.Position.String(), string(e.Stream), e.Type, e.Recorded.UnixMilli(), string(e.Data)}
}

func benchLog(b *testing.B) (store.Log, []event.Event) {
	b.Helper()

	log := memory.New().Log
	for i := range benchEvents / 10 {
		batch := store.Batch{Stream: event.Stream(fmt.Sprintf("meeting:%d", i%500))}
		for n := range 10 {
			batch.Drafts = append(batch.Drafts, event.Draft{Type: "card_added", Data: fmt.Appendf(nil, `{"title":"A card about something that somebody said","n":%d}`, i*10+n)})
		}

		if _, err := log.Append(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}

	var events []event.Event

	for page, err := range log.Feed(b.Context(), event.Position{}, store.Filter{}) {
		if err != nil {
			b.Fatal(err)
		}

		events = append(events, page.Events...)
	}

	return log, events
}

// BenchmarkRebuild compares the building of a projection in SQLite with bare
// inserts of the same rows, a thousand in a transaction: one row or a hundred in
// a statement.
func BenchmarkRebuild(b *testing.B) {
	log, events := benchLog(b)

	for _, rows := range []int{1, benchRows} {
		b.Run(fmt.Sprintf("bare/rows=%d", rows), func(b *testing.B) {
			for b.Loop() {
				bare(b, events, rows)
			}

			b.ReportMetric(float64(benchEvents)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})

		definition := projection.Define("facts", projection.Options{Tables: benchTable}, handler(rows))
		b.Run(fmt.Sprintf("projection/rows=%d", rows), func(b *testing.B) {
			for b.Loop() {
				rebuild(b, log, definition)
			}

			b.ReportMetric(float64(benchEvents)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

func handler(rows int) projection.Handler {
	if rows == 1 {
		one := manyRows(1)

		return projection.OnEach(func(ctx context.Context, tx *projection.Tx, e *event.Event) error {
			_, err := tx.Exec(ctx, one, rowOf(e)...)

			return err
		})
	}

	many, one := manyRows(rows), manyRows(1)

	return projection.OnBatch(func(ctx context.Context, tx *projection.Tx, events []event.Event) error {
		var args []any

		for len(events) >= rows {
			args = args[:0]
			for i := range events[:rows] {
				args = append(args, rowOf(&events[i])...)
			}

			if _, err := tx.Exec(ctx, many, args...); err != nil {
				return err
			}

			events = events[rows:]
		}

		for i := range events {
			if _, err := tx.Exec(ctx, one, rowOf(&events[i])...); err != nil {
				return err
			}
		}

		return nil
	})
}

func rebuild(b *testing.B, log store.Log, d *projection.Definition) {
	b.Helper()

	views, err := projection.Open(b.Context(), "sqlite:"+filepath.Join(b.TempDir(), "views.db"))
	if err != nil {
		b.Fatal(err)
	}

	r, err := projection.New(b.Context(), projection.Settings{Log: log, Views: views, Definitions: []*projection.Definition{d}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}

	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan struct{})

	go func() {
		defer close(done)

		r.Run(ctx)
	}()

	every := time.NewTicker(time.Millisecond)
	defer every.Stop()

	for r.WaitFor(ctx, "facts", event.PositionAt(benchEvents)) != nil {
		<-every.C
	}

	cancel()
	<-done

	if err := views.Close(); err != nil {
		b.Fatal(err)
	}
}

func bare(b *testing.B, events []event.Event, rows int) {
	b.Helper()

	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_pragma=journal_mode(wal)&_pragma=synchronous(normal)"+
		"&_pragma=cache_size(-65536)&_pragma=temp_store(memory)&_pragma=journal_size_limit(67108864)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()

	db.SetMaxOpenConns(1)

	must := func(_ any, err error) {
		if err != nil {
			b.Fatal(err)
		}
	}

	_, err = db.ExecContext(b.Context(), benchTable)
	must(nil, err)

	insert, err := db.PrepareContext(b.Context(), manyRows(rows))
	must(nil, err)

	defer insert.Close()

	for len(events) > 0 {
		tx, err := db.BeginTx(b.Context(), nil)
		must(nil, err)

		stmt := tx.StmtContext(context.Background(), insert) //nolint:sqlclosecheck // the end of the transaction does

		for range 1000 / rows {
			args := make([]any, 0, 5*rows)
			for i := range events[:rows] {
				args = append(args, rowOf(&events[i])...)
			}

			_, err := stmt.ExecContext(context.Background(), args...)
			must(nil, err)

			events = events[rows:]
		}

		must(nil, tx.Commit())
	}
}
