package main

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/cmd/recount/config"
	"github.com/recountdev/recount/cmd/recount/types"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/nearest"
)

// typesCommand writes the types of what a configuration declares.
type typesCommand struct {
	Categories []string `arg:"" optional:"" name:"category" help:"Categories to write. Defaults to all."`
	Config     string   `help:"Configuration. Defaults to recount.yaml." placeholder:"FILE" default:"recount.yaml"`
	Out        string   `short:"o" help:"File to write, once all is well. Defaults to standard output." placeholder:"FILE"`
}

// Help returns what the command's help says at length.
func (*typesCommand) Help() string {
	return `Writes an interface of events and one of signals for each category, and the
types of data from the JSON Schemas, for connection.stream of @recount/client.
Data without a schema is unknown, and so is what TypeScript cannot say. Only the
categories matter: a variable that a setting names, as in env:JWT_SECRET, need
not be set.

Examples:
  recount types --out src/events.d.ts
  recount types meeting issue --config /etc/recount/recount.yaml`
}

// Run writes the types.
func (c *typesCommand) Run(s *session) error {
	declared, err := config.LoadCategories(c.Config, s.getenv)
	if err != nil {
		return s.explained(err, c.Config, s.err)
	}

	chosen, err := c.chosen(declared)
	if err != nil {
		return err
	}

	written, err := types.Generate(filepath.Base(c.Config), chosen)
	if err != nil {
		return err
	}

	if c.Out != "" {
		return replaceFile(c.Out, []byte(written))
	}

	_, err = s.out.Write([]byte(written))

	return err
}

// chosen returns the categories to write.
func (c *typesCommand) chosen(from map[string]category.Declaration) (map[string]category.Declaration, error) {
	if len(from) == 0 {
		return nil, fault.Invalid("%s declares no categories, so there is nothing to write: add some, as recount config example does", c.Config)
	}

	if len(c.Categories) == 0 {
		return from, nil
	}

	chosen := map[string]category.Declaration{}
	for _, name := range c.Categories {
		declared, ok := from[name]
		if !ok {
			return nil, c.unknown(name, slices.Sorted(maps.Keys(from)))
		}

		chosen[name] = declared
	}

	return chosen, nil
}

// unknown says which category was probably meant.
func (c *typesCommand) unknown(name string, known []string) error {
	if near, ok := nearest.Of(name, known); ok {
		return fault.NotFound("%s declares no category %s: did you mean %s?", c.Config, name, near)
	}

	return fault.NotFound("%s declares no category %s: it has %s", c.Config, name, strings.Join(known, ", "))
}
