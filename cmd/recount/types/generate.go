package types

import (
	"strings"

	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/fault"
)

// Generate returns declarations of TypeScript for categories; of is where they
// come from, for the comment at the top. It fails with fault.CodeInvalid if a
// schema is no JSON, which package category finds out, too.
func Generate(of string, categories map[string]category.Declaration) (string, error) {
	g := &generator{taken: names{}, events: map[string]string{}, signals: map[string]string{}, payloads: map[payload]string{}, wholes: map[string]string{}, written: map[string]bool{}}
	for _, name := range sorted(categories) {
		g.events[name] = g.taken.take(name + "_events")
		if len(categories[name].Signals) > 0 {
			g.signals[name] = g.taken.take(name + "_signals")
		}
	}

	// The names of events go before those of what their schemas refer to.
	for _, name := range sorted(categories) {
		for _, typ := range sorted(categories[name].Events) {
			if text := categories[name].Events[typ].Schema; text != nil {
				if p := (payload{typ, string(text)}); g.payloads[p] == "" {
					g.payloads[p] = g.taken.take(typ)
				}
			}
		}
	}

	g.out.WriteString("// What " + oneLine(of) + " declares, written by recount types. Do not edit: write it anew.\n")
	for _, name := range sorted(categories) {
		d := categories[name]
		if err := g.category(name, &d); err != nil {
			return "", err
		}
	}

	if len(categories) == 0 {
		g.out.WriteString("\nexport {};\n")
	}

	return g.out.String(), nil
}

// payload is what makes the type of some data the same as another.
type payload struct{ typ, schema string }

// generator writes one file.
type generator struct {
	out             strings.Builder
	taken           names
	events, signals map[string]string  // the names of interfaces, by category
	payloads        map[payload]string // the names of types
	wholes          map[string]string  // the names of types that are written, by schema
	written         map[string]bool    // types of events, by name
}

// category writes the interfaces of a category, and the types of its data.
func (g *generator) category(name string, d *category.Declaration) error {
	about := "The events of " + oneLine(name) + ": their types, and what data they have."
	if d.Unknown == category.Accept {
		about += " Others are accepted, too, and are not listed here."
	}

	var body strings.Builder
	for _, typ := range sorted(d.Events) {
		declared := d.Events[typ]
		if declared.LiveOnly {
			body.WriteString(comment([]string{"Shown live, and no part of the history."}))
		}

		of := "unknown"
		if declared.Schema != nil {
			of = g.payloads[payload{typ, string(declared.Schema)}]
		}

		body.WriteString(property(typ) + ": " + of + ";\n")
	}

	if len(d.Events) == 0 && d.Unknown == category.Accept {
		about = "The events of " + oneLine(name) + ": any."
		body.WriteString("[type: string]: unknown;\n")
	}

	g.declare(about, g.events[name], body.String())

	if len(d.Signals) > 0 {
		body.Reset()
		signals := map[string]bool{}
		for _, signal := range d.Signals {
			signals[signal] = true
		}

		for _, signal := range sorted(signals) {
			body.WriteString(property(signal) + ": unknown;\n")
		}

		g.declare("The signals of "+oneLine(name)+".", g.signals[name], body.String())
	}

	for _, typ := range sorted(d.Events) {
		if err := g.payload(name, typ, d.Events[typ].Schema); err != nil {
			return err
		}
	}

	return nil
}

// declare writes an interface.
func (g *generator) declare(about, name, body string) {
	g.out.WriteString("\n" + comment([]string{about}) + "export interface " + name + " {")
	if body != "" {
		g.out.WriteString("\n" + indented(body))
	}

	g.out.WriteString("}\n")
}

// payload writes the type of an event's data, unless it is written already.
func (g *generator) payload(name, typ string, text []byte) error {
	if text == nil {
		return nil
	}

	own := g.payloads[payload{typ, string(text)}]
	if g.written[own] {
		return nil
	}

	g.written[own] = true
	switch other := g.wholes[string(text)]; other {
	case "":
		s, err := newSchema(text, own, g.taken)
		if err != nil {
			return fault.Invalid("category %s: event %s: the schema is no JSON: %w", name, typ, err)
		}

		g.wholes[string(text)] = own
		s.write(&g.out)
	default:
		g.out.WriteString("\nexport type " + own + " = " + other + ";\n")
	}

	return nil
}

// oneLine returns a text without the ends of lines.
func oneLine(s string) string { return strings.Join(strings.Fields(commented(s)), " ") }
