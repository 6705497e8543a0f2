package projection

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection/internal/sqltext"
	"github.com/recountdev/recount/store"
)

// compiled is a definition that was checked.
type compiled struct {
	name        string
	options     Options
	tables      *tables
	fingerprint string // of what the views depend on
	filter      store.Filter

	byType  map[string][]eachFunc // those that take all types included
	any     []eachFunc            // of the types that are not there
	batches []batchFunc
}

type (
	eachFunc  = func(ctx context.Context, tx *Tx, e *event.Event) error
	batchFunc = func(ctx context.Context, tx *Tx, events []event.Event) error
)

// compile checks a definition, and says all that is wrong with it.
func compile(d *Definition) (*compiled, error) {
	c := &compiled{name: d.name, options: d.options, byType: make(map[string][]eachFunc)}
	if c.options.Batch == 0 {
		c.options.Batch = DefaultBatch
	}

	var wrong []error
	if err := checkName(d.name); err != nil {
		wrong = append(wrong, err)
	}

	if c.options.Batch < 0 {
		wrong = append(wrong, fmt.Errorf("the batch is %d: give a positive number", c.options.Batch))
	}

	for _, category := range c.options.Categories {
		if err := (event.Limits{}).CheckStream(event.Stream(category + ":x")); err != nil || strings.Contains(category, ":") {
			wrong = append(wrong, fmt.Errorf("category %q is none: give a name without a colon", category))
		}
	}

	made, mistakes := parseTables(d.options.Tables)
	for _, mistake := range mistakes {
		wrong = append(wrong, fmt.Errorf("the tables: %w", mistake))
	}

	c.tables = made
	wrong = append(wrong, c.checkClear()...)
	wrong = append(wrong, c.take(d.handlers)...)

	if len(wrong) > 0 {
		return nil, fault.Invalid("projection %s: %w", d.name, errors.Join(wrong...))
	}

	c.filter.Categories = c.options.Categories
	c.filter.PageSize = c.options.Batch
	c.fingerprint = c.print()

	return c, nil
}

// checkClear says what is wrong with the statement that clears a stream.
func (c *compiled) checkClear() []error {
	if c.options.ClearStream == "" {
		return nil
	}

	if _, err := rewrite(c.options.ClearStream, nil, SQLite); err != nil {
		return []error{fmt.Errorf("the clearing of a stream: %w", err)}
	}

	tokens, err := sqltext.Scan(c.options.ClearStream)
	if err != nil {
		return []error{err}
	}

	if _, params := sqltext.Rewrite(tokens, nil, false); params != 1 {
		return []error{fmt.Errorf("the clearing of a stream has %d placeholders: give one ?, for the name of the stream", params)}
	}

	return nil
}

// take sorts handlers by what they take.
func (c *compiled) take(handlers []Handler) []error {
	var (
		wrong []error
		types []string
		all   bool
	)

	for _, h := range handlers {
		switch {
		case h.each == nil && h.batch == nil:
			wrong = append(wrong, fmt.Errorf("a handler for %q has no function: give one", h.typ))
		case h.batch != nil:
			c.batches, all = append(c.batches, h.batch), true
		case h.typ == "":
			all = true
		case slices.Contains(types, h.typ):
			wrong = append(wrong, fmt.Errorf("there are two handlers for events %q: make one of them", h.typ))
		default:
			if err := (event.Limits{}).CheckDraft(&event.Draft{Type: h.typ}); err != nil {
				wrong = append(wrong, err)
			}

			types = append(types, h.typ)
		}
	}

	if len(handlers) == 0 {
		wrong = append(wrong, errors.New("it has no handlers: give at least one, by On, OnEach or OnBatch"))
	}

	// Each in the order in which they were given.
	for _, h := range handlers {
		if h.each == nil {
			continue
		}

		for _, typ := range types {
			if h.typ == "" || h.typ == typ {
				c.byType[typ] = append(c.byType[typ], h.each)
			}
		}

		if h.typ == "" {
			c.any = append(c.any, h.each)
		}
	}

	if !all {
		c.filter.Types = types
	}

	return wrong
}

// print returns the fingerprint of what the views depend on, as far as a program
// can know: handlers are told apart by the version.
func (c *compiled) print() string {
	text, _ := json.Marshal([]any{c.options.Version, c.options.Tables, slices.Sorted(slices.Values(c.options.Categories))}) // these types cannot fail
	sum := sha256.Sum256(text)

	return hex.EncodeToString(sum[:16])
}

// handlers returns those that take events of a type one by one.
func (c *compiled) handlers(typ string) []eachFunc {
	if of, ok := c.byType[typ]; ok {
		return of
	}

	return c.any
}

// wants reports whether the projection takes an event.
func (c *compiled) wants(e *event.Event) bool {
	return c.filter.Matches(e) && (len(c.options.Categories) > 0 || !e.Stream.IsSystem())
}

// compileAll checks all definitions, and that they do not share a table.
func compileAll(definitions []*Definition) ([]*compiled, error) {
	var (
		all    []*compiled
		wrong  []error
		names  = make(map[string]bool)
		owners = make(map[string]string)
	)

	for _, d := range definitions {
		c, err := compile(d)
		if err != nil {
			wrong = append(wrong, err)

			continue
		}

		if names[c.name] {
			wrong = append(wrong, fault.Invalid("projection %s: there are two of that name", c.name))
		}

		names[c.name] = true

		for _, own := range c.tables.own {
			if owner, taken := owners[own]; taken && owner != c.name {
				wrong = append(wrong, fault.Invalid("projection %s: %s belongs to projection %s already: give it another name", c.name, own, owner))
			}

			owners[own] = c.name
		}

		all = append(all, c)
	}

	if len(wrong) > 0 {
		return nil, fault.Invalid("%w", errors.Join(wrong...))
	}

	return all, nil
}
