package projection

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection/internal/sqltext"
)

// generation is a row of recount_projections: one build of a projection.
type generation struct {
	name        string
	live        bool
	version     int
	fingerprint string
	epoch       string
	tables      []string
	Progress
}

const generationColumns = "name, generation, live, version, fingerprint, epoch, tables, position, head, rate, failure"

func scanGeneration(row func(...any) error) (*generation, error) {
	var (
		g                               generation
		tables, position, head, failure string
		live                            int
	)

	if err := row(&g.name, &g.Generation, &live, &g.version, &g.fingerprint, &g.epoch, &tables, &position, &head, &g.Rate, &failure); err != nil {
		return nil, err
	}

	g.live, g.tables = live == 1, strings.Fields(tables)

	if err := g.Position.UnmarshalText([]byte(position)); err != nil {
		return nil, err
	}

	if err := g.Head.UnmarshalText([]byte(head)); err != nil {
		return nil, err
	}

	if failure != "" {
		if err := json.Unmarshal([]byte(failure), &g.Failure); err != nil {
			return nil, err
		}
	}

	return &g, nil
}

// generations returns those of a projection, or of all.
func (v *Views) generations(ctx context.Context, on querier, name string) ([]*generation, error) {
	if name == "" {
		return collect(ctx, v, on, scanGeneration, "select "+generationColumns+" from recount_projections order by name, generation")
	}

	return collect(ctx, v, on, scanGeneration, "select "+generationColumns+" from recount_projections where name = ? order by generation", name)
}

// control is a row of recount_controls: what people asked of a projection.
type control struct {
	name     string
	revision int64
	paused   bool
	rebuild  bool
	clears   bool
}

func scanControl(row func(...any) error) (*control, error) {
	var (
		c                       control
		paused, rebuild, clears int
	)

	err := row(&c.name, &c.revision, &paused, &rebuild, &clears)
	c.paused, c.rebuild, c.clears = paused == 1, rebuild == 1, clears == 1

	return &c, err
}

// controls returns what people asked of a projection, or of all.
func (v *Views) controls(ctx context.Context, on querier, name string) ([]*control, error) {
	return collect(ctx, v, on, scanControl, "select name, revision, paused, rebuild, clears from recount_controls where name = ? or ? = '' order by name", name, name)
}

// lock locks a projection's generations: whoever changes which there are comes
// here first. It fails with fault.CodeNotFound if there is no such projection.
func (t *transaction) lock(ctx context.Context, name string) (*control, error) {
	n, err := t.exec(ctx, "update recount_controls set revision = revision where name = ?", name)
	if err != nil {
		return nil, err
	}

	if n == 0 {
		return nil, fault.NotFound("projection %q: there is none of that name in the views", name)
	}

	found, err := t.views.controls(ctx, t.on, name)
	if err != nil {
		return nil, err
	}

	return found[0], nil
}

// tell lets all who run a projection look at what was asked.
func (t *transaction) tell(ctx context.Context, name string) error {
	_, err := t.exec(ctx, "update recount_controls set revision = revision + 1 where name = ?", name)

	return err
}

// create makes the tables of a generation, and its row.
func (t *transaction) create(ctx context.Context, c *compiled, epoch string, number int) error {
	names := c.tables.of(number)

	for _, statement := range c.tables.statements {
		text, _ := sqltext.Rewrite(statement, names, false)
		if _, err := t.on.ExecContext(ctx, text); err != nil {
			return fault.Invalid("projection %s: its tables cannot be made: %s: %w", c.name, shown(strings.TrimSpace(text)), err)
		}
	}

	_, err := t.exec(ctx, "insert into recount_projections (name, generation, live, version, fingerprint, epoch, tables, position, head) values (?, ?, 0, ?, ?, ?, ?, ?, ?)",
		c.name, number, c.options.Version, c.fingerprint, epoch, strings.Join(c.tables.tables, " "), event.Position{}.String(), event.Position{}.String())

	return err
}

// drop removes a generation.
func (t *transaction) drop(ctx context.Context, g *generation) error {
	for i := range g.tables { // in the other order, because of references
		table := generationName(g.tables[len(g.tables)-1-i], g.Generation)
		if _, err := t.exec(ctx, "drop table if exists "+table); err != nil {
			return err
		}
	}

	_, err := t.exec(ctx, "delete from recount_projections where name = ? and generation = ?", g.name, g.Generation)

	return err
}

// show makes the views show a generation in the place of another, which may be
// nil.
func (t *transaction) show(ctx context.Context, g, instead *generation) error {
	drop := g.tables
	if instead != nil {
		drop = append(append([]string(nil), instead.tables...), g.tables...)
	}

	for _, table := range drop {
		if _, err := t.exec(ctx, "drop view if exists "+table); err != nil {
			return err
		}
	}

	for _, table := range g.tables {
		if _, err := t.exec(ctx, "create view "+table+" as select * from "+generationName(table, g.Generation)); err != nil {
			return fmt.Errorf("show %s: %w", table, err)
		}
	}

	_, err := t.exec(ctx, "update recount_projections set live = 1 where name = ? and generation = ?", g.name, g.Generation)

	return err
}
