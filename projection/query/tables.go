package query

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/nearest"
	"github.com/recountdev/recount/projection"
)

// tables are those of projections, and what can be read now.
type tables struct {
	owners   map[string]string   // the projections of tables, also of those that are being built
	building []string            // projections that are built, for the first time or anew
	columns  map[string][]string // of those that can be read
}

// readTables asks the database what tables there are.
func readTables(ctx context.Context, views *projection.Views) (*tables, error) {
	t := &tables{owners: map[string]string{}, columns: map[string][]string{}}

	err := each(ctx, views, "select name, tables from recount_projections", func(name, names string) {
		for table := range strings.FieldsSeq(names) {
			t.owners[table] = name
		}
	})
	if err != nil {
		return nil, err
	}

	err = each(ctx, views, "select name, tables from recount_projections where live = 0", func(name, _ string) {
		t.building = append(t.building, name)
	})
	if err != nil {
		return nil, err
	}

	list := "select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c where m.type in ('table', 'view')"
	if views.Dialect() == projection.Postgres {
		list = "select table_name, column_name from information_schema.columns where table_schema = current_schema()"
	}

	err = each(ctx, views, list, func(table, column string) {
		if !strings.Contains(table, "__g") {
			t.columns[table] = append(t.columns[table], column)
		}
	})

	return t, err
}

// each calls do with the rows of a query.
func each(ctx context.Context, views *projection.Views, text string, do func(a, b string)) error {
	rows, err := views.Reader().QueryContext(ctx, text)
	if err != nil {
		return fault.Unavailable("the views cannot be read: %w", err)
	}
	defer rows.Close()

	for rows.Next() {
		var a, b string
		if err := rows.Scan(&a, &b); err != nil {
			return fault.Unavailable("the views cannot be read: %w", err)
		}

		do(a, b)
	}

	if err := rows.Err(); err != nil {
		return fault.Unavailable("the views cannot be read: %w", err)
	}

	return nil
}

// read returns the projections whose tables are among the words of a statement.
func (t *tables) read(words []string) []string {
	var of []string
	for _, word := range words {
		if owner, ok := t.owners[word]; ok && !slices.Contains(of, owner) {
			of = append(of, owner)
		}
	}

	return of
}

// The codes of PostgreSQL that are told otherwise than it does.
const (
	codeNoTable  = "42P01"
	codeNoColumn = "42703"
	codeCanceled = "57014"
)

// stated is an error of PostgreSQL.
type stated interface {
	error
	SQLState() string
}

// explained says what a database's error means.
func explained(ctx context.Context, views *projection.Views, s *statement, err error, timeout time.Duration) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}

	table, column, message := "", "", err.Error()

	if pg, ok := errors.AsType[stated](err); ok {
		message = strings.TrimPrefix(strings.TrimSuffix(message, " (SQLSTATE "+pg.SQLState()+")"), "ERROR: ")

		switch code := pg.SQLState(); {
		case code == codeCanceled:
			return tooSlow(timeout)
		case code == codeNoTable:
			table = between(message, `relation "`, `"`)
		case code == codeNoColumn:
			column = strings.Trim(between(message, "column ", " does not exist"), `"`)
		case strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53") || strings.HasPrefix(code, "58") || strings.HasPrefix(code, "XX"):
			return fault.Unavailable("the views do not answer: %w", err)
		}
	} else if views.Dialect() == projection.Postgres {
		return fault.Unavailable("the views do not answer: %w", err)
	} else {
		message, _, _ = strings.Cut(strings.TrimPrefix(message, "SQL logic error: "), " (")
		table, column = strings.TrimPrefix(folded(between(message, "no such table: ", ""), projection.SQLite), "main."), between(message, "no such column: ", "")

		if strings.Contains(err.Error(), "SQLITE_BUSY") || strings.Contains(err.Error(), "disk I/O") {
			return fault.Unavailable("the views do not answer: %w", err)
		}
	}

	known, failed := readTables(ctx, views)
	if failed != nil {
		return failed
	}

	switch {
	case table != "":
		return known.noTable(table)
	case column != "":
		return known.noColumn(column, s)
	default:
		return fault.Invalid("the database says: %s", message)
	}
}

// between returns what stands in a text between two others; "" if it does not have
// them. An empty end is that of the text.
func between(text, begin, end string) string {
	_, rest, found := strings.Cut(text, begin)
	if !found {
		return ""
	}

	if end != "" {
		rest, _, found = strings.Cut(rest, end)
	}

	if !found {
		return ""
	}

	return rest
}

func (t *tables) noTable(name string) error {
	if _, ok := t.owners[name]; ok {
		return fault.Unavailable("the view %s is being built: ask again later", name)
	}

	search := nearest.NewSearch(name)

	var names []string
	for _, all := range []iter.Seq[string]{maps.Keys(t.columns), maps.Keys(t.owners)} {
		for table := range all {
			if !strings.HasPrefix(table, "recount_") && !strings.HasPrefix(table, "sqlite_") && !slices.Contains(names, table) {
				names = append(names, table)
			}
		}
	}

	slices.Sort(names)

	for _, table := range names {
		search.Offer(table)
	}

	if near, ok := search.Nearest(); ok {
		return fault.Invalid("there is no view %s: did you mean %s?", name, near)
	}

	if len(names) == 0 {
		return fault.Invalid("there is no view %s: there are none at all", name)
	}

	return fault.Invalid("there is no view %s: there are %s", name, strings.Join(names, ", "))
}

func (t *tables) noColumn(name string, s *statement) error {
	_, plain, qualified := strings.Cut(name, ".")
	if !qualified {
		plain = name
	}

	var names []string
	for _, word := range s.words() {
		for _, column := range t.columns[word] {
			if !slices.Contains(names, column) {
				names = append(names, column)
			}
		}
	}

	slices.Sort(names)

	// The view may be that of an older declaration.
	for _, of := range t.read(s.words()) {
		if slices.Contains(t.building, of) {
			return fault.Unavailable("there is no column %s: projection %s is being built anew, so ask again later", name, of)
		}
	}

	if near, ok := nearest.Of(plain, names); ok && near != plain {
		return fault.Invalid("there is no column %s: did you mean %s?", name, near)
	}

	if len(names) == 0 {
		return fault.Invalid("there is no column %s", name)
	}

	return fault.Invalid("there is no column %s: the views that it reads have %s", name, strings.Join(names, ", "))
}

// renamed reports whether SQLite has given a column another name because there was
// one of its own before.
func renamed(column string, before []string) bool {
	return column != original(column) && slices.Contains(before, original(column))
}

// original returns a column's name without what SQLite adds to it.
func original(column string) string {
	at := strings.LastIndexByte(column, ':')
	if at < 0 || strings.Trim(column[at+1:], "0123456789") != "" {
		return column
	}

	return column[:at]
}
