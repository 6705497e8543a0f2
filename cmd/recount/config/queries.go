package config

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/projection/query"
)

// Query is a named query, and who may run it.
type Query struct {
	query.Declaration

	// Guard decides who may run it; nil is for admins.
	Guard auth.Guard
}

// The schemes of views.
const (
	schemeSQLite   = "sqlite"
	schemePostgres = "postgres"
)

// asViews checks the URL of the views as far as a word can be mistyped; what opens
// them checks the rest.
func asViews(text string) (string, error) {
	//nolint:gosec // the words for a password, and none
	const write = "write sqlite:FILE, \"sqlite::memory:\" or postgres://USER:PASSWORD@HOST/DATABASE"

	scheme, rest, found := strings.Cut(text, ":")
	switch {
	case !found:
		return "", fmt.Errorf("%s has no scheme: %s", shown(cutScheme(text)), write)
	case scheme == schemeSQLite && (rest == "" || strings.HasPrefix(rest, "//") || strings.Contains(rest, "?")):
		return "", fmt.Errorf("%s names no file: %s", shown(text), write)
	case scheme == schemeSQLite || (scheme == schemePostgres || scheme == "postgresql") && strings.HasPrefix(rest, "//"):
		return text, nil
	}

	if meant, ok := near(scheme, []string{schemeSQLite, schemePostgres}); ok && meant != scheme {
		return "", fmt.Errorf("%s: is no scheme of views: did you mean %s:?", cutScheme(scheme), meant)
	}

	return "", fmt.Errorf("%s: is no scheme of views: %s", cutScheme(scheme), write)
}

// viewsFrom returns the URL of views whose file is relative to dir.
func viewsFrom(text, dir string) string {
	file, ok := strings.CutPrefix(text, schemeSQLite+":")
	if !ok || file == "" || file == ":memory:" || strings.HasPrefix(file, "~") {
		return text
	}

	return schemeSQLite + ":" + pathFrom(file, dir)
}

// dialectOf returns what the database of views speaks.
func dialectOf(views string) projection.Dialect {
	if strings.HasPrefix(views, schemePostgres) {
		return projection.Postgres
	}

	return projection.SQLite
}

// queries reads the named queries.
func (l *loader) queries(_, value *node) {
	l.config.Queries = map[string]Query{}
	l.named(value, "queries", "a query", l.query)
}

// query reads one query.
func (l *loader) query(key, value *node) {
	var q Query

	at, before := key.at, len(l.problems)
	what := "query " + shown(key.text)

	l.fields(value, what, map[string]field{
		"sql": func(_, value *node) {
			at = value.at
			q.SQL = valueOf(l, value, "sql", asText)
		},
		"params": func(_, value *node) {
			q.Params = map[string]query.Param{}
			l.named(value, "params", "a parameter", func(key, value *node) { q.Params[key.text] = l.param(key, value) })
		},
		"guard":    func(_, value *node) { q.Guard = l.guard(value, "guard") },
		"max_rows": func(_, value *node) { q.MaxRows = valueOf(l, value, "max_rows", asCount(1, 1_000_000)) },
		"timeout": func(_, value *node) {
			q.Timeout = valueOf(l, value, "timeout", asDuration(time.Millisecond, 10*time.Minute))
		},
	})

	if value.kind == nothing || value.kind == mapping && !value.has("sql") {
		l.problemf(key.at, `%s needs sql: give a SELECT, as in { sql: "select count(*) as n from journal" }`, what)
	}

	// The SQL is looked at when it is known what the views are.
	if len(l.problems) == before {
		l.asked = append(l.asked, asked{key.text, at})
	}

	l.config.Queries[key.text] = q
}

// asked is a query whose SQL is to be looked at.
type asked struct {
	name string
	at   place
}

// param reads a parameter: its type, or its type and default.
func (l *loader) param(key, value *node) query.Param {
	var (
		p        query.Param
		fallback *node
	)

	types := make([]string, 0, len(query.Types()))
	for _, t := range query.Types() {
		types = append(types, string(t))
	}

	typ := func(_, value *node) { p.Type = query.Type(l.value(value, "type", oneOf(types...))) }

	if value.kind == scalar {
		typ(key, value)

		return p
	}

	l.fields(value, "parameter "+shown(key.text), map[string]field{
		"type":    typ,
		"default": func(_, value *node) { fallback = value },
	})

	switch {
	case fallback == nil:
	case fallback.kind != scalar:
		l.problemf(fallback.at, "default takes a single value, not %s", fallback.kind)
	default:
		if _, err := p.Type.Parse(fallback.text); err != nil {
			l.problemf(fallback.at, "default: %v", err)
		}

		p.Default = &fallback.text
	}

	return p
}

// checkQueries looks at the SQL of queries, and keeps those that a database may be
// asked about.
func (l *loader) checkQueries() {
	l.asked = slices.DeleteFunc(l.asked, func(q asked) bool {
		d := l.config.Queries[q.name].Declaration

		err := query.CheckDeclaration(q.name, &d, dialectOf(l.config.Views))
		if err != nil {
			l.problemf(q.at, "%v", err)
		}

		return err != nil
	})
}

// askViews asks the database whether it understands the queries, unless it is not
// known which one.
func (l *loader) askViews(ctx context.Context, open func(context.Context, *Config) (*projection.Views, error)) error {
	if len(l.asked) == 0 || l.hasProblemBelow("store") || l.hasProblemBelow("views") {
		return nil
	}

	views, err := open(ctx, l.config)
	if err != nil {
		l.config.unasked = err

		return ctx.Err()
	}

	for _, q := range l.asked {
		err := understood(ctx, views, q.name, l.config.Queries[q.name].Declaration)

		switch {
		case err == nil:
		case fault.Of(err) == fault.CodeInvalid:
			l.problemf(q.at, "%v", err)
		default:
			l.config.unasked = err
		}
	}

	return errors.Join(ctx.Err(), views.Close())
}

// understood asks views whether they understand a query.
func understood(ctx context.Context, views *projection.Views, name string, d query.Declaration) error {
	queries, err := query.New(query.Options{Views: views}, map[string]query.Declaration{name: d})
	if err != nil {
		return err
	}

	return queries.Check(ctx)
}
