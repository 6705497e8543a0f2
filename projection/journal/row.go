package journal

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
)

// timeFormat is how times stand in rows: in UTC.
const timeFormat = "2006-01-02T15:04:05.000Z"

// row is a row of the journal. What is any may be null.
type row struct {
	e          *event.Event
	at         time.Time // when it was recorded
	position   int64
	time       string
	repeatOf   any
	times      int64
	latest     any
	latestTime any
	fold       any
	shown      int64
}

func newRow(e *event.Event) row {
	position, at := int64(e.Position.Number()), e.Time.UTC().Format(timeFormat)

	return row{
		e: e, at: e.Recorded, position: position, time: at,
		times: 1, latest: position, latestTime: at, shown: position,
	}
}

// columns are those of the table, in the order of arguments.
const columns = "position, id, stream, category, version, type, time, recorded, actor, subject, content_type, data, data_base64," +
	" correlation, causation, command, meta, origin, repeat_of, times, latest, latest_time, fold, shown"

const columnCount = 24

// appendTo appends the values of the columns.
func (r *row) appendTo(args []any) []any {
	e := r.e

	var contentType, data, encoded any
	if e.ContentType != "" {
		contentType = e.ContentType
	}

	switch {
	case len(e.Data) == 0:
	case e.IsJSON():
		data = string(e.Data)
	default:
		encoded = base64.StdEncoding.EncodeToString(e.Data)
	}

	recorded := r.time
	if !e.Recorded.Equal(e.Time) {
		recorded = e.Recorded.UTC().Format(timeFormat)
	}

	return append(args,
		r.position, string(e.ID), string(e.Stream), e.Stream.Category(), int64(e.Version), e.Type,
		r.time, recorded, e.Actor, e.Subject, contentType, data, encoded,
		e.Meta.Correlation, e.Meta.Causation, commandOf(e.Meta.Extra), string(e.Meta.Extra), e.Origin.String(),
		r.repeatOf, r.times, r.latest, r.latestTime, r.fold, r.shown)
}

// commandOf returns the name of the command that an event came from; "" if its
// meta names none.
func commandOf(meta []byte) string {
	if !bytes.Contains(meta, []byte(`"$command"`)) {
		return ""
	}

	var keys struct {
		Command struct {
			Name string `json:"name"`
		} `json:"$command"`
	}

	_ = json.Unmarshal(meta, &keys) // what is none has no name

	return strings.ReplaceAll(keys.Command.Name, "\x00", "") // PostgreSQL has no such text
}

// insertMany is how many rows are inserted with one statement; what is left
// takes a few smaller ones. SQLite takes no more than insertSome: its driver
// looks for the value of every placeholder among all, and twice the rows in a
// statement would take four times as long.
const (
	insertMany = 64
	insertSome = 8
)

// statements are those that a batch runs again and again.
type statements struct {
	load   string
	insert map[int]string // by the number of rows
}

func newStatements() *statements {
	return &statements{
		load: `select f.fold, f.times, f.position, f.recorded, l.position, l.time, l.recorded from journal f join journal l on l.position = f.latest
			where f.fold in (` + placeholders(loadAtOnce) + `)`,
		insert: map[int]string{1: insertStatement(1), insertSome: insertStatement(insertSome), insertMany: insertStatement(insertMany)},
	}
}

func placeholders(n int) string { return strings.Repeat("?, ", n-1) + "?" }

func insertStatement(rows int) string {
	one := "(" + placeholders(columnCount) + ")"

	return "insert into journal (" + columns + ") values " + strings.Repeat(one+", ", rows-1) + one
}

// write inserts new rows.
func (s *statements) write(ctx context.Context, tx *projection.Tx, rows []row) error {
	args := make([]any, 0, columnCount*min(len(rows), insertMany))
	for len(rows) > 0 {
		n := 1
		if len(rows) >= insertMany && tx.Dialect() == projection.Postgres {
			n = insertMany
		} else if len(rows) >= insertSome {
			n = insertSome
		}

		args = args[:0]
		for i := range rows[:n] {
			args = rows[i].appendTo(args)
		}

		if _, err := tx.Exec(ctx, s.insert[n], args...); err != nil {
			return err
		}

		rows = rows[n:]
	}

	return nil
}
