package journal

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
)

// DefaultLimit is how many entries a page has unless the query says otherwise,
// and MaxLimit how many it has at most.
const (
	DefaultLimit = 10
	MaxLimit     = 1000
)

// Query says which entries to show. An entry has to match every field that is
// set.
type Query struct {
	Stream   event.Stream
	Category string
	Type     string
	// Actor and Subject are those of the event; of repeats that differ in them,
	// those of the latest.
	Actor, Subject string
	// Before is a cursor: what lies before it is shown, the newest first.
	// Defaults to the end.
	Before event.Position
	// Forward goes the other way: what lies after After is shown, the oldest
	// first, for those who follow.
	Forward bool
	// After is a cursor for Forward. Defaults to the start.
	After event.Position
	// Limit is how many entries to show. Defaults to DefaultLimit.
	Limit int
	// All shows repeats, too, each as an entry of its own. Defaults to false.
	All bool
}

// Entry is an event, and what repeats it.
type Entry struct {
	event.Event

	// Times is how many events the entry stands for: 1 and its repeats; 0 for a
	// repeat, which only Query.All shows.
	Times int
	// Latest and LatestTime are position and time of the latest repeat, or the
	// event's own. They are zero for a repeat.
	Latest     event.Position
	LatestTime time.Time
	// RepeatOf is the position of the event that this one repeats, or zero.
	RepeatOf event.Position
	// Command is the name of the command that the event came from. Only the
	// first event of a command names it.
	Command string
	// Place is the cursor of the entry: in the feed it stands right here.
	Place event.Position
}

// Page is a part of the journal.
type Page struct {
	Entries []Entry
	// More says that there are more, from the Place of the last entry on.
	More bool
}

// timeout is how long reading a page may take.
const timeout = 5 * time.Second

// Read returns a page. It fails with fault.CodeUnavailable if the journal has not
// been built yet, and if it takes longer than 5 s.
func Read(ctx context.Context, views *projection.Views, q Query) (Page, error) {
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	p, err := read(within, views, q)
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		return Page{}, fault.Unavailable("reading the journal took longer than %v: ask for less, or again later", timeout)
	}

	return p, err
}

func read(ctx context.Context, views *projection.Views, q Query) (Page, error) {
	if q.Limit == 0 {
		q.Limit = DefaultLimit
	}

	if q.Limit < 0 || q.Limit > MaxLimit {
		return Page{}, fault.Invalid("a page of the journal with %d entries: ask for 1 to %d", q.Limit, MaxLimit)
	}

	text, args := q.statement(views.Dialect())

	rows, err := views.Reader().QueryContext(ctx, text, args...)
	if err != nil {
		return Page{}, unreadable(err)
	}
	defer rows.Close()

	var p Page
	for rows.Next() {
		if len(p.Entries) == q.Limit {
			p.More = true

			break
		}

		e, err := scan(rows)
		if err != nil {
			return Page{}, fault.Internal("the journal has a row that it did not write: %w: rebuild it by recount projections rebuild %s", err, Name)
		}

		p.Entries = append(p.Entries, *e)
	}

	if err := rows.Err(); err != nil {
		return Page{}, unreadable(err)
	}

	return p, nil
}

// unreadable says why the journal cannot be read.
func unreadable(err error) error {
	if missing := err.Error(); strings.Contains(missing, "no such table") || strings.Contains(missing, "does not exist") {
		return fault.Unavailable("the journal is being built: ask again later")
	}

	return fault.Unavailable("the journal cannot be read: %w", err)
}

// shownColumns are those of an entry: f is the event, l the row at
// whose place it is shown: its latest repeat or itself.
const shownColumns = `f.position, f.id, f.stream, f.version, f.type, f.time, f.recorded, f.actor, f.subject, f.content_type, f.data, f.data_base64,
	f.correlation, f.causation, f.command, f.meta, f.origin, f.repeat_of, f.times, f.latest, f.latest_time, l.position as place`

// statement returns the SQL of a query, with one row more than it asks for.
func (q *Query) statement(d projection.Dialect) (string, []any) {
	s := &selection{dialect: d, query: q}

	order, end := "desc", " order by place desc"
	if q.Forward {
		order, end = "asc", " order by place"
	}

	if !q.All {
		s.part("from journal l join journal f on f.position = coalesce(l.repeat_of, l.position)", 1, order)

		return s.numbered("select " + shownColumns + s.text.String()), s.args
	}

	// Rows that are not shown have the negative of their position as their place.
	against := "asc"
	if q.Forward {
		against = "desc"
	}

	const itself = "from journal l join journal f on f.position = l.position"

	s.text.WriteString("select * from (select " + shownColumns)
	s.part(itself, 1, order)
	s.text.WriteString(") as shown_rows union all select * from (select " + shownColumns)
	s.part(itself, -1, against)
	s.text.WriteString(") as hidden_rows" + end + " limit ?")
	s.args = append(s.args, q.Limit+1)

	return s.numbered(s.text.String()), s.args
}

// selection is a statement that is being written.
type selection struct {
	dialect projection.Dialect
	query   *Query
	text    strings.Builder
	args    []any
}

// part selects from the rows that are shown, or, with the sign -1, from those that
// are not.
func (s *selection) part(from string, sign int64, order string) {
	q := s.query
	s.text.WriteString(" " + from)

	first := true
	where := func(condition string, arg any) {
		if first {
			s.text.WriteString(" where ")
		} else {
			s.text.WriteString(" and ")
		}

		first = false

		s.text.WriteString(condition)
		s.args = append(s.args, arg)
	}

	// Those that are met most seldom come first: SQLite, which does not know,
	// is kept from using the index of another.
	column := ""
	if s.dialect == projection.SQLite {
		column = "+"
	}

	used := ""
	for _, c := range []struct{ name, value string }{
		{"stream", string(q.Stream)},
		{"subject", q.Subject},
		{"actor", q.Actor},
		{"type", q.Type},
		{"category", q.Category},
	} {
		if c.value == "" {
			continue
		}

		where(used+"l."+c.name+" = ?", c.value)

		used = column
	}

	after, before := int64(0), int64(0)
	if q.Forward {
		after = int64(q.After.Number())
	} else {
		before = int64(q.Before.Number())
	}

	if sign > 0 {
		where("l.shown > ?", after)
	} else {
		where("l.shown < ?", -after)
	}

	if before > 0 && sign > 0 {
		where("l.shown < ?", before)
	} else if before > 0 {
		where("l.shown > ?", -before)
	}

	s.text.WriteString(" order by l.shown " + order + " limit ?")
	s.args = append(s.args, q.Limit+1)
}

// numbered writes the placeholders as the database wants them. No text in the
// statements has a question mark.
func (s *selection) numbered(text string) string {
	if s.dialect == projection.SQLite {
		return text
	}

	var out strings.Builder
	for n := 1; ; n++ {
		before, after, found := strings.Cut(text, "?")
		out.WriteString(before)

		if !found {
			return out.String()
		}

		out.WriteString("$" + strconv.Itoa(n))

		text = after
	}
}

// scan reads an entry.
func scan(rows *sql.Rows) (*Entry, error) {
	var (
		e                                  Entry
		position, place, version           int64
		at, recorded, origin, meta         string
		contentType, data, encoded, latest sql.NullString
		repeatOf, latestAt                 sql.NullInt64
	)

	if err := rows.Scan(&position, &e.ID, &e.Stream, &version, &e.Type, &at, &recorded, &e.Actor, &e.Subject, &contentType, &data, &encoded,
		&e.Meta.Correlation, &e.Meta.Causation, &e.Command, &meta, &origin, &repeatOf, &e.Times, &latestAt, &latest, &place); err != nil {
		return nil, err
	}

	var err error
	if e.Time, err = time.Parse(timeFormat, at); err != nil {
		return nil, err
	}

	if e.Recorded, err = time.Parse(timeFormat, recorded); err != nil {
		return nil, err
	}

	if e.Origin, err = originOf(origin); err != nil {
		return nil, err
	}

	if data.Valid {
		e.Data = []byte(data.String)
	} else if e.Data, err = base64.StdEncoding.DecodeString(encoded.String); err != nil {
		return nil, err
	}

	if meta != "" {
		e.Meta.Extra = json.RawMessage(meta)
	}

	e.Position, e.Version = event.PositionAt(uint64(position)), event.Version(version)
	e.ContentType, e.Place = contentType.String, event.PositionAt(uint64(place))

	e.RepeatOf, e.Latest = event.PositionAt(uint64(repeatOf.Int64)), event.PositionAt(uint64(latestAt.Int64))

	if latest.Valid {
		e.LatestTime, err = time.Parse(timeFormat, latest.String)
	}

	return &e, err
}

// originOf reads the name of an origin.
func originOf(name string) (event.Origin, error) {
	for _, o := range []event.Origin{event.Native, event.Imported, event.Copied, event.Forked} {
		if o.String() == name {
			return o, nil
		}
	}

	return 0, fault.Internal("origin %q is none", name)
}
