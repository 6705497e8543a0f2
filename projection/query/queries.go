package query

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/nearest"
	"github.com/recountdev/recount/projection"
)

// Options say what queries run on.
type Options struct {
	// Views are what is queried. Required.
	Views *projection.Views
	// Wait waits until a projection has all events up to a position; the WaitFor
	// of a projection.Runner does. Defaults to nothing that can be waited for.
	Wait func(ctx context.Context, projection string, p event.Position) error
}

// Queries are named queries. All methods are safe for concurrent use.
type Queries struct {
	options Options
	named   map[string]*named
}

// named is a query that was checked.
type named struct {
	*statement

	declaration Declaration
}

// New returns the queries that are declared. It fails with fault.CodeInvalid, and
// all that is wrong, as far as that can be seen without the views; see
// Queries.Check.
func New(o Options, declared map[string]Declaration) (*Queries, error) {
	if o.Views == nil {
		return nil, fault.Invalid("queries need views: give query.Options.Views")
	}

	q := &Queries{options: o, named: make(map[string]*named, len(declared))}

	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		d := declared[name]

		s, err := check(name, &d, o.Views.Dialect())
		if err != nil {
			wrong = append(wrong, err)

			continue
		}

		q.named[name] = &named{statement: s, declaration: d}
	}

	return q, joined(wrong)
}

// joined returns one error with all that is wrong, nil if nothing is.
func joined(wrong []error) error {
	if len(wrong) == 0 {
		return nil
	}

	texts := make([]string, len(wrong))
	for i, err := range wrong {
		texts[i] = err.Error()
	}

	return fault.Invalid("%s", strings.Join(texts, "\n"))
}

// CheckDeclaration says what is wrong with a declaration, as far as that can be
// seen without the views; nil if nothing is.
func CheckDeclaration(name string, d *Declaration, dialect projection.Dialect) error {
	with := *d
	_, err := check(name, &with, dialect)

	return err
}

// check checks a declaration and fills in its defaults.
func check(name string, d *Declaration, dialect projection.Dialect) (*statement, error) {
	failed := func(format string, args ...any) error {
		return fault.Invalid("query %s: %w", name, fmt.Errorf(format, args...))
	}

	switch {
	case !isName(name):
		return nil, fault.Invalid("query %.40q: a name has letters, digits, _ and -, a letter first, and at most 64 of them", name)
	case d.MaxRows < 0:
		return nil, failed("%d rows at most: give a positive number", d.MaxRows)
	case d.Timeout < 0:
		return nil, failed("a timeout of %v: give a positive one", d.Timeout)
	}

	for _, param := range slices.Sorted(maps.Keys(d.Params)) {
		p := d.Params[param]

		switch {
		case !isName(param) || strings.Contains(param, "-"):
			return nil, failed("parameter %.40q: a name has letters, digits and _, a letter first", param)
		case param == reserved:
			return nil, failed("the parameter %s is there already, for the position that the query waits for: give it another name", reserved)
		case param == tokenParam:
			return nil, failed("the parameter %s is there already, for who asks: give it another name", tokenParam)
		case !p.Type.known():
			if near, ok := nearest.Of(string(p.Type), typeNames()); ok {
				return nil, failed("parameter %s: there is no type %.40s: did you mean %s?", param, p.Type, near)
			}

			return nil, failed("parameter %s: there is no type %.40s: give %s", param, p.Type, strings.Join(typeNames(), ", "))
		case p.Default == nil:
		default:
			if _, err := p.Type.Parse(*p.Default); err != nil {
				return nil, failed("parameter %s: its default %w", param, err)
			}
		}
	}

	if d.MaxRows == 0 {
		d.MaxRows = DefaultMaxRows
	}

	if d.Timeout == 0 {
		d.Timeout = DefaultTimeout
	}

	s, err := parse(d.SQL, d.Params, dialect)
	if err != nil {
		return nil, failed("%w", err)
	}

	return s, nil
}

// reserved is the parameter of every query that says which position it must have
// seen.
const reserved = "after"

// tokenParam is the parameter of every request that says who asks.
const tokenParam = "token"

func typeNames() []string {
	var names []string
	for _, t := range Types() {
		names = append(names, string(t))
	}

	return names
}

// isName reports whether a text can name a query.
func isName(text string) bool {
	for i, c := range text {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || c != '_' && c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}

	return text != "" && len(text) <= 64
}

// Find fails with fault.CodeNotFound if there is no query of a name.
func (q *Queries) Find(name string) error {
	_, err := q.find(name)

	return err
}

func (q *Queries) find(name string) (*named, error) {
	if found, ok := q.named[name]; ok {
		return found, nil
	}

	// Which names there are is not told: a guard may hide a query.
	return nil, fault.NotFound("there is no query %.80q: those that are declared are in the configuration, below queries", name)
}

// AddDefaults adds to values the defaults of the parameters that they lack. It adds
// nothing for a query that there is not.
func (q *Queries) AddDefaults(name string, values url.Values) {
	found, ok := q.named[name]
	if !ok {
		return
	}

	for param, p := range found.declaration.Params {
		if p.Default != nil && !values.Has(param) {
			values.Set(param, *p.Default)
		}
	}
}

// Run runs a query with the values of its parameters, in ctx at most as long as
// its timeout. Values of the name "after" are left out. It fails with
// fault.CodeInvalid if a parameter is missing, not known, or no value of its type,
// and with fault.CodeUnavailable if it takes too long or a view is being built.
func (q *Queries) Run(ctx context.Context, name string, values url.Values) (Result, error) {
	found, err := q.find(name)
	if err != nil {
		return Result{}, err
	}

	args, err := found.arguments(values)
	if err != nil {
		return Result{}, fault.Invalid("query %s: %w", name, err)
	}

	r, err := run(ctx, q.options.Views, found.statement, args, found.declaration.MaxRows, found.declaration.Timeout)
	if err != nil {
		return Result{}, fault.New(fault.Of(err), "query %s: %w", name, err)
	}

	return r, nil
}

// arguments returns the values of the parameters, in their order.
func (n *named) arguments(values url.Values) ([]any, error) {
	params := n.declaration.Params
	for _, given := range slices.Sorted(maps.Keys(values)) {
		if _, ok := params[given]; ok || given == reserved {
			continue
		}

		names := slices.Sorted(maps.Keys(params))
		if near, ok := nearest.Of(given, names); ok {
			return nil, fmt.Errorf("there is no parameter %.40q: did you mean %s?", given, near)
		}

		if len(names) == 0 {
			return nil, fmt.Errorf("there is no parameter %.40q: it has none", given)
		}

		return nil, fmt.Errorf("there is no parameter %.40q: it has %s", given, strings.Join(names, ", "))
	}

	args := make([]any, len(n.params))
	for i, name := range n.params {
		p := params[name]

		var text string

		switch given := values[name]; {
		case len(given) > 1:
			return nil, fmt.Errorf("the parameter %s stands %d times: give it once", name, len(given))
		case len(given) == 1:
			text = given[0]
		case p.Default == nil:
			return nil, fmt.Errorf("the parameter %s is missing: it is of type %s", name, p.Type.normal())
		default:
			text = *p.Default
		}

		value, err := p.Type.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("the parameter %s: %w", name, err)
		}

		args[i] = value
	}

	return args, nil
}

// Wait waits until all projections that a query reads have all events up to a
// position. It fails with fault.CodeUnavailable when ctx ends, or when one of them
// stopped, is paused or is being built.
func (q *Queries) Wait(ctx context.Context, name string, p event.Position) error {
	found, err := q.find(name)
	if err != nil || q.options.Wait == nil {
		return err
	}

	tables, err := readTables(ctx, q.options.Views)
	if err != nil {
		return err
	}

	for _, of := range tables.read(found.words()) {
		if err := q.options.Wait(ctx, of, p); err != nil {
			return err
		}
	}

	return nil
}

// Check asks the database whether it understands the queries. It fails with
// fault.CodeInvalid and all that is wrong. Queries over views that are being
// built are not looked at.
func (q *Queries) Check(ctx context.Context) error {
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(q.named)) {
		n := q.named[name]

		err := explain(ctx, q.options.Views, n.statement, n.samples())
		if fault.Of(err) == fault.CodeInvalid {
			wrong = append(wrong, fmt.Errorf("query %s: %w", name, err))
		} else if err != nil && fault.Of(err) != fault.CodeUnavailable {
			return err
		}
	}

	return joined(wrong)
}

// samples returns some value for each parameter.
func (n *named) samples() []any {
	args := make([]any, len(n.params))
	for i, name := range n.params {
		switch n.declaration.Params[name].Type.normal() {
		case Integer:
			args[i] = int64(1)
		case Number:
			args[i] = 1.0
		case Bool:
			args[i] = true
		default:
			args[i] = "x"
		}
	}

	return args
}

// Select runs SQL without parameters, as it was written by an operator. Limits
// that are 0 are the defaults.
func Select(ctx context.Context, views *projection.Views, sql string, maxRows int, timeout time.Duration) (Result, error) {
	s, err := parse(sql, nil, views.Dialect())
	if err != nil {
		return Result{}, fault.Invalid("the SQL: %w", err)
	}

	if maxRows == 0 {
		maxRows = DefaultMaxRows
	}

	if timeout == 0 {
		timeout = DefaultTimeout
	}

	return run(ctx, views, s, nil, maxRows, timeout)
}
