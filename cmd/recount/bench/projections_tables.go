package bench

import (
	"context"
	"strconv"
	"strings"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/projection/journal"
)

// subject is a projection that is rebuilt.
type subject struct {
	part       string
	text       string
	definition *projection.Definition
	// table is the one that it fills, a row for each event, and tables the SQL
	// that makes it.
	table, tables string
	// single says that it is held against bare inserts of one row a statement.
	single bool
}

const (
	activityTable  = "activity"
	activityTables = `create table activity (position bigint not null primary key, stream text not null, type text not null, recorded bigint not null, data text not null);
		create index activity_by_stream on activity (stream, position);`
	saidTable  = "said"
	saidTables = `create table said (position bigint not null primary key, stream text not null, type text not null, words text not null);
		create index said_by_stream on said (stream, position);`
)

// subjects returns what is rebuilt.
func subjects() []subject {
	return []subject{
		{partJournal, "the journal", journal.New(journal.Options{}), journal.Name, journal.Tables, false},
		{partBatch, "a projection, by transaction", activity(), activityTable, activityTables, false},
		{partEach, "a projection, by event", said(), saidTable, saidTables, true},
	}
}

// activity returns an ordinary projection that takes all events of a transaction
// at once.
func activity() *projection.Definition {
	const columns, rows = 5, 8

	many, one := insertSQL(activityTable, columns, rows), insertSQL(activityTable, columns, 1)

	return projection.Define(activityTable, projection.Options{Tables: activityTables}, projection.OnBatch(
		func(ctx context.Context, tx *projection.Tx, events []event.Event) error {
			args := make([]any, 0, columns*rows)

			for len(events) > 0 {
				n, insert := 1, one
				if len(events) >= rows {
					n, insert = rows, many
				}

				args = args[:0]

				for i := range events[:n] {
					e := &events[i]
					args = append(args, int64(e.Position.Number()), string(e.Stream), e.Type, e.Recorded.UnixMilli(), string(e.Data))
				}

				if _, err := tx.Exec(ctx, insert, args...); err != nil {
					return err
				}

				events = events[n:]
			}

			return nil
		}))
}

// utterance is what the handlers of said read of an event.
type utterance struct {
	Description, Text, Note, Agenda string
}

// said returns an ordinary projection that decodes events and takes them one by
// one.
func said() *projection.Definition {
	insert := insertSQL(saidTable, 4, 1)
	handle := func(ctx context.Context, tx *projection.Tx, e *event.Event, u utterance) error {
		_, err := tx.Exec(ctx, insert, int64(e.Position.Number()), string(e.Stream), e.Type, u.Description+u.Text+u.Note+u.Agenda)

		return err
	}

	return projection.Define(saidTable, projection.Options{Tables: saidTables},
		projection.On("card_added", handle), projection.On("comment_written", handle),
		projection.On("order_placed", handle), projection.On("member_joined", handle))
}

// insertSQL returns a statement that inserts rows, with ? as placeholder.
func insertSQL(table string, columns, rows int) string {
	row := "(" + strings.Repeat("?, ", columns-1) + "?)"

	return "insert into " + table + " values " + strings.Repeat(row+", ", rows-1) + row
}

// numbered returns a statement with $1, $2 … in the place of ?.
func numbered(query string) string {
	var b strings.Builder

	for i, part := range strings.Split(query, "?") {
		if i > 0 {
			b.WriteString("$" + strconv.Itoa(i))
		}

		b.WriteString(part)
	}

	return b.String()
}

// projected returns events as an application has them: somebody did them, by a
// command, and half of them are about something within the stream.
func projected() []event.Draft {
	all := make([]event.Draft, poolSize)
	for i, p := range newGenerator(1).pool(poolSize) {
		all[i] = event.Draft{
			Type: p.typ, Data: p.data, Actor: "user:" + strconv.Itoa(i%500),
			Meta: event.Meta{Extra: []byte(`{"$command":{"name":"` + p.typ + `"}}`)},
		}
		if i%2 == 0 {
			all[i].Subject = "card:" + strconv.Itoa(i%1000)
		}
	}

	return all
}
