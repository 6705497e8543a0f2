package query

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/recountdev/recount/internal/nearest"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/projection/internal/sqltext"
)

// statement is SQL that was checked.
type statement struct {
	text    string   // with ?1, ?2 … or $1, $2 … for parameters
	params  []string // in that order
	tokens  []sqltext.Token
	dialect projection.Dialect
}

// parse reads SQL and says what is wrong with it.
func parse(text string, params map[string]Param, d projection.Dialect) (*statement, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("it is no UTF-8")
	}

	tokens, err := sqltext.Scan(text)
	if err != nil {
		return nil, err
	}

	statements := sqltext.Split(tokens)
	switch len(statements) {
	case 0:
		return nil, errors.New("there is no statement: give a SELECT")
	case 1:
		tokens = statements[0]
	default:
		return nil, fmt.Errorf("there are %d statements: give one", len(statements))
	}

	if first := sqltext.Dense(tokens)[0]; !first.Is("select") && !first.Is("with") && !first.Is("values") {
		return nil, fmt.Errorf("it begins with %.40s: a query reads, so it begins with SELECT, WITH or VALUES", first.Text)
	}

	if err := refused(tokens); err != nil {
		return nil, err
	}

	s := &statement{tokens: tokens, dialect: d}
	if err := s.bind(params, d); err != nil {
		return nil, err
	}

	return s, nil
}

// refused says which function, if any, does more than read the views.
func refused(tokens []sqltext.Token) error {
	dense := sqltext.Dense(tokens)
	for i, t := range dense {
		if (t.Kind != sqltext.Word && t.Kind != sqltext.Quoted) || i+1 >= len(dense) || !dense[i+1].Is("(") {
			continue
		}

		name := strings.ToLower(t.Name())
		if slices.Contains([]string{
			"set_config", "load_extension", "nextval", "setval", "query_to_xml", "table_to_xml", "cursor_to_xml", "schema_to_xml", "database_to_xml",
			"query_to_xml_and_xmlschema", "query_to_xmlschema", "currval", "edit", "fts3_tokenizer", "ts_stat", "txid_current",
		}, name) ||
			strings.HasPrefix(name, "pg_") || strings.HasPrefix(name, "lo_") || strings.HasPrefix(name, "dblink") {
			return fmt.Errorf("the function %s does more than read the views: leave it out", name)
		}
	}

	return nil
}

// bind puts numbers in the place of the names of parameters.
func (s *statement) bind(params map[string]Param, d projection.Dialect) error {
	var text strings.Builder

	for i := 0; i < len(s.tokens); i++ {
		t := s.tokens[i]
		next := i+1 < len(s.tokens) && (s.tokens[i+1].Kind == sqltext.Word || s.tokens[i+1].Kind == sqltext.Quoted)

		switch {
		case t.Text == "[" && d == projection.SQLite:
			return errors.New("there is a [ in it: names that need it stand in double quotes")
		case t.Kind == sqltext.Param:
			return errors.New("there is a ? in it: parameters have names, such as :actor")
		case (t.Text == "@" || t.Text == "#") && next:
			return fmt.Errorf("there is %s%s in it: a parameter is :%s, and a space stands after an operator", t.Text, s.tokens[i+1].Text, s.tokens[i+1].Text)
		case t.Text == ":" && i+1 < len(s.tokens) && s.tokens[i+1].Text == ":": // a cast of PostgreSQL
			text.WriteString("::")
			i++
		case t.Text == ":" && next && s.tokens[i+1].Kind == sqltext.Word:
			name := s.tokens[i+1].Text
			if _, ok := params[name]; !ok {
				return undeclared(name, params)
			}

			at := slices.Index(s.params, name)
			if at < 0 {
				at = len(s.params)
				s.params = append(s.params, name)
			}

			if number := strconv.Itoa(at + 1); d == projection.SQLite {
				text.WriteString("?" + number)
			} else {
				text.WriteString("($" + number + "::" + params[name].Type.cast() + ")")
			}

			i++
		default:
			text.WriteString(t.Text)
		}
	}

	s.text = text.String()

	for _, name := range slices.Sorted(maps.Keys(params)) {
		if !slices.Contains(s.params, name) {
			return fmt.Errorf("the parameter %s does not stand in the SQL: write :%s where it belongs, or take it out", name, name)
		}
	}

	return nil
}

func undeclared(name string, params map[string]Param) error {
	names := slices.Sorted(maps.Keys(params))
	if near, ok := nearest.Of(name, names); ok {
		return fmt.Errorf("the parameter :%s is not declared: did you mean :%s?", name, near)
	}

	return fmt.Errorf("the parameter :%s is not declared: declare it in params", name)
}

// words returns all names in the statement, as those of tables are written.
func (s *statement) words() []string {
	var (
		words  []string
		before sqltext.Token
	)

	for _, t := range sqltext.Dense(s.tokens) {
		switch {
		case t.Kind == sqltext.Word || t.Kind == sqltext.Quoted:
			words = append(words, folded(t.Name(), s.dialect))
		case t.Kind == sqltext.String && (before.Is("from") || before.Is("join")): // SQLite takes it for a name
			words = append(words, folded(strings.Trim(t.Text, "'"), s.dialect))
		}

		before = t
	}

	return words
}

// folded returns the name of a table as it was declared, which is in lower case:
// SQLite takes any case, also in quotes.
func folded(name string, d projection.Dialect) string {
	if d == projection.SQLite {
		return strings.ToLower(name)
	}

	return name
}
