package main

import (
	"fmt"
	"strconv"

	"github.com/alecthomas/kong"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// expectation is what --expect states.
type expectation struct{ store.Expectation }

// Decode reads a version, none or some.
func (e *expectation) Decode(ctx *kong.DecodeContext) error {
	var word string
	if err := ctx.Scan.PopValueInto("version", &word); err != nil {
		return err
	}

	switch word {
	case "none":
		e.Expectation = store.NoStream()
	case "some":
		e.Expectation = store.SomeStream()
	default:
		version, err := strconv.ParseUint(word, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is no expectation: give the version the stream must be at, none, or some", word)
		}

		e.Expectation = store.Exactly(event.Version(version))
	}

	return nil
}
