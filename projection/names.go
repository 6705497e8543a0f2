package projection

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection/internal/sqltext"
)

// tables is what a declaration creates.
type tables struct {
	statements [][]sqltext.Token
	// tables have views; own are all names that every generation has for itself:
	// of tables, indexes and constraints.
	tables, own []string
}

// maxName is the longest name of a table: PostgreSQL cuts off what is longer
// than 63 bytes, with the number of the generation.
const maxName = 48

// checkName says what is wrong with the name of a projection, a table, an index
// or a constraint.
func checkName(name string) error {
	switch {
	case !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(name):
		return fmt.Errorf("%q is no name: give lower-case letters, digits and _, a letter first", name)
	case len(name) > maxName:
		return fmt.Errorf("the name %s has %d letters: give at most %d", name, len(name), maxName)
	case strings.HasPrefix(name, "recount_") || strings.HasPrefix(name, "sqlite_") || strings.HasPrefix(name, "pg_"):
		return fmt.Errorf("the name %s is the system's own: give one that does not begin with recount_, sqlite_ or pg_", name)
	case strings.Contains(name, "__g"):
		return fmt.Errorf("the name %s has __g in it, which generations are told apart by: take another", name)
	}

	return nil
}

// parseTables reads what Options.Tables says, and returns all that is wrong with
// it.
func parseTables(text string) (*tables, []error) {
	tokens, err := sqltext.Scan(text)
	if err != nil {
		return nil, []error{err}
	}

	p := &parser{made: &tables{statements: sqltext.Split(tokens)}}
	for i, statement := range p.made.statements {
		p.at = fmt.Sprintf("statement %d", i+1)
		p.rest = sqltext.Dense(statement)
		p.statement()
	}

	if len(p.made.tables) == 0 && len(p.wrong) == 0 {
		p.failf("it creates no table: give at least one CREATE TABLE")
	}

	for _, column := range p.columns {
		if p.has(column) {
			p.wrong = append(p.wrong, fmt.Errorf("a column is called %s, as a table or an index is: give it another name, so that generations can be told apart", column))
		}
	}

	return p.made, p.wrong
}

// parser reads the statements that create tables and indexes.
type parser struct {
	made    *tables
	columns []string
	rest    []sqltext.Token
	at      string
	wrong   []error
}

func (p *parser) failf(format string, args ...any) {
	p.wrong = append(p.wrong, fmt.Errorf(strings.TrimPrefix(p.at+": ", ": ")+format, args...))
}

// accept moves over words, if they come next.
func (p *parser) accept(words ...string) bool {
	if len(p.rest) < len(words) {
		return false
	}

	for i, word := range words {
		if !p.rest[i].Is(word) {
			return false
		}
	}

	p.rest = p.rest[len(words):]

	return true
}

func (p *parser) statement() {
	switch {
	case p.accept("create", "table"):
		p.accept("if", "not", "exists")
		p.table()
	case p.accept("create", "index"), p.accept("create", "unique", "index"):
		p.accept("if", "not", "exists")
		p.index()
	default:
		p.failf("only CREATE TABLE and CREATE INDEX work for every generation: take the rest out")
	}
}

// name moves over a name that the statement creates, and keeps it.
func (p *parser) name(what string) (string, bool) {
	if len(p.rest) == 0 || p.rest[0].Kind != sqltext.Word || p.rest[0].Is("on") {
		p.failf("the %s has no plain name: give it one, without quotes", what)

		return "", false
	}

	name := p.rest[0].Name()
	p.rest = p.rest[1:]

	if len(p.rest) > 0 && p.rest[0].Is(".") {
		p.failf("the name %s has a dot after it: tables stand in the database's own schema", name)

		return "", false
	}

	if err := checkName(name); err != nil {
		p.failf("%w", err)

		return "", false
	}

	if p.has(name) {
		p.failf("the name %s is there twice", name)

		return "", false
	}

	p.made.own = append(p.made.own, name)

	return name, true
}

func (p *parser) table() {
	name, ok := p.name("table")
	if !ok {
		return
	}

	p.made.tables = append(p.made.tables, name)

	if !p.accept("(") {
		p.failf("the table %s has no columns: give them in parentheses", name)

		return
	}

	first := true
	for depth := 1; len(p.rest) > 0 && depth > 0; {
		t := p.rest[0]

		switch {
		case depth == 1 && first && t.Kind != sqltext.Punct && !p.constraint():
			p.columns = append(p.columns, t.Name())
		case t.Is("constraint") && len(p.rest) > 1:
			p.rest = p.rest[1:]
			p.name("constraint")
			first = false

			continue
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		}

		first = depth == 1 && t.Is(",")
		p.rest = p.rest[1:]
	}
}

// constraint reports whether a constraint comes next, and no column.
func (p *parser) constraint() bool {
	return slices.ContainsFunc([]string{"constraint", "primary", "unique", "check", "foreign", "exclude"}, p.rest[0].Is)
}

func (p *parser) index() {
	if _, ok := p.name("index"); !ok {
		return
	}

	if !p.accept("on") || len(p.rest) == 0 || !p.has(p.rest[0].Name()) {
		p.failf("the index is not on a table that was created before it")
	}
}

func (p *parser) has(name string) bool { return slices.Contains(p.made.own, name) }

// of returns what the own names of a generation are.
func (t *tables) of(generation int) map[string]string {
	names := make(map[string]string, len(t.own))
	for _, name := range t.own {
		names[name] = generationName(name, generation)
	}

	return names
}

// generationName returns what a table is called in a generation.
func generationName(name string, generation int) string {
	return name + "__g" + strconv.Itoa(generation)
}

// rewrite returns a handler's statement with the names of a generation. It
// refuses what would end or leave the transaction.
func rewrite(query string, names map[string]string, dialect Dialect) (string, error) {
	tokens, err := sqltext.Scan(query)
	if err != nil {
		return "", fault.Invalid("the statement %s: %w", shown(query), err)
	}

	statements := sqltext.Split(tokens)
	if len(statements) != 1 {
		return "", fault.Invalid("the statement %s is %d statements: give one at a time", shown(query), len(statements))
	}

	switch first := sqltext.Dense(statements[0])[0]; {
	case first.Is("select"), first.Is("insert"), first.Is("update"), first.Is("delete"), first.Is("with"), first.Is("replace"), first.Is("merge"), first.Is("values"):
	default:
		return "", fault.Invalid("the statement %s begins with %s: a handler selects, inserts, updates and deletes; tables are created by Options.Tables", shown(query), first.Text)
	}

	query, _ = sqltext.Rewrite(statements[0], names, dialect == Postgres)

	return query, nil
}

// shown returns the beginning of a statement, in quotes.
func shown(query string) string {
	const most = 80
	if len(query) > most {
		query = strings.ToValidUTF8(query[:most], "") + "…"
	}

	return strconv.Quote(query)
}
