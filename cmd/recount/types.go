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
}

// Help returns what the command's help says at length.
func (*typesCommand) Help() string {
	return `Writes an interface of events and one of signals for each category, and the
types of data from the JSON Schemas, for connection.stream of @recount/client.
Data without a schema is unknown, and so is what TypeScript cannot say.

Examples:
  recount types > events.d.ts
  recount types meeting issue --config /etc/recount/recount.yaml`
}

// Run writes the types.
func (c *typesCommand) Run(s *session) error {
	loaded, err := s.loadConfig(c.Config, s.err)
	if err != nil {
		return err
	}

	chosen, err := c.chosen(loaded)
	if err != nil {
		return err
	}

	written, err := types.Generate(filepath.Base(c.Config), chosen)
	if err != nil {
		return err
	}

	_, err = s.out.Write([]byte(written))

	return err
}

// chosen returns the categories to write.
func (c *typesCommand) chosen(from *config.Config) (map[string]category.Declaration, error) {
	if len(from.Categories) == 0 {
		return nil, fault.Invalid("%s declares no categories, so there is nothing to write: add some, as recount config example does", c.Config)
	}

	if len(c.Categories) == 0 {
		return from.Categories, nil
	}

	chosen := map[string]category.Declaration{}
	for _, name := range c.Categories {
		declared, ok := from.Categories[name]
		if !ok {
			return nil, c.unknown(name, slices.Sorted(maps.Keys(from.Categories)))
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
