package types

import (
	"slices"
	"strings"
)

// kinds is a set of the kinds of JSON values.
type kinds uint8

// The kinds, in the order in which they are written.
const (
	object kinds = 1 << iota
	array
	text
	number
	boolean
	null

	none kinds = 0
	all  kinds = object | array | text | number | boolean | null
)

// each returns the kinds one by one.
func (k kinds) each() []kinds {
	var one []kinds
	for kind := object; kind <= null; kind <<= 1 {
		if k&kind != 0 {
			one = append(one, kind)
		}
	}

	return one
}

// plain returns the type of all values of one kind.
func (k kinds) plain() string {
	switch k {
	case object:
		return "{ [key: string]: unknown }"
	case array:
		return "unknown[]"
	case text:
		return "string"
	case number:
		return "number"
	case boolean:
		return "boolean"
	default:
		return "null"
	}
}

// kindsNamed returns the kinds that a keyword "type" names.
func kindsNamed(name any) kinds {
	switch name {
	case "object":
		return object
	case "array":
		return array
	case "string":
		return text
	case "number", "integer":
		return number
	case "boolean":
		return boolean
	case "null":
		return null
	default:
		return all
	}
}

// binding is how strongly the parts of a type hold together.
type binding uint8

const (
	whole        binding = iota // string, Name, { … }, T[]
	intersection                // A & B
	union                       // A | B
)

// written is a type as it is written.
type written struct {
	text    string
	binding binding
}

// inside returns the type as it stands in one that binds so, in brackets if it
// has to.
func (w written) inside(b binding) string {
	if w.binding > b {
		return "(" + w.text + ")"
	}

	return w.text
}

// alternative is a type that has values of some kinds only.
type alternative struct {
	written
	kinds kinds
}

// form is the type of a schema: values of any of its alternatives. Without one it
// is never.
type form struct {
	alternatives []alternative
	// unknown says that it can be any value; the alternatives say nothing then.
	unknown bool
	// because says why it is unknown, where a schema says more.
	because string
}

// unknownBecause returns the type of a schema that TypeScript cannot say.
func unknownBecause(why string) form { return form{unknown: true, because: why} }

// isIn reports whether another alternative is all values of its kind.
func (a *alternative) isIn(other alternative) bool {
	return other.kinds == a.kinds && other.text == other.kinds.plain()
}

// formOf returns a type of one alternative.
func formOf(k kinds, typ string) form {
	return form{alternatives: []alternative{{written{typ, whole}, k}}}
}

// write returns the type as it is written.
func (f form) write() written {
	switch {
	case f.unknown && f.because != "":
		return written{"unknown /* " + commented(f.because) + " */", whole}
	case f.unknown:
		return written{"unknown", whole}
	default:
		return either(f.alternatives)
	}
}

// either returns the type of values of any alternative.
func either(alternatives []alternative) written {
	var (
		texts []string
		only  written
	)
	for i := range alternatives {
		if a := &alternatives[i]; a.text != a.kinds.plain() && slices.ContainsFunc(alternatives, a.isIn) {
			continue
		}

		if typ := alternatives[i].text; !slices.Contains(texts, typ) {
			texts, only = append(texts, typ), alternatives[i].written
		}
	}

	switch len(texts) {
	case 0:
		return written{"never", whole}
	case 1:
		return only
	default:
		return written{strings.Join(texts, " | "), union}
	}
}

// or returns the type of values of any of some types.
func or(forms []form) form {
	var sum form
	for _, f := range forms {
		if f.unknown {
			return f
		}

		sum.alternatives = append(sum.alternatives, f.alternatives...)
	}

	return sum
}

// and returns the type of values that are of both types. It goes kind by kind,
// because TypeScript takes string & { … } for a type that has values.
func and(a, b form) form {
	switch {
	case b.unknown && (!a.unknown || b.because == ""):
		return a
	case a.unknown:
		return b
	}

	var both form
	for _, kind := range all.each() {
		as, bs := a.of(kind), b.of(kind)
		if len(as) > 0 && len(bs) > 0 {
			both.alternatives = append(both.alternatives, alternative{bothOf(kind, as, bs), kind})
		}
	}

	return both
}

// of returns the alternatives that have values of a kind.
func (f form) of(kind kinds) []alternative {
	var some []alternative
	for _, a := range f.alternatives {
		if a.kinds&kind != 0 {
			some = append(some, a)
		}
	}

	return some
}

// bothOf returns the type of the values of one kind that two types have.
func bothOf(kind kinds, as, bs []alternative) written {
	a, b := either(as), either(bs)
	switch {
	case a.text == b.text, b.text == kind.plain() && within(kind, as):
		return a
	case a.text == kind.plain() && within(kind, bs):
		return b
	default:
		return written{a.inside(intersection) + " & " + b.inside(intersection), intersection}
	}
}

// within reports whether alternatives have values of one kind only.
func within(kind kinds, alternatives []alternative) bool {
	return !slices.ContainsFunc(alternatives, func(a alternative) bool { return a.kinds&^kind != 0 })
}
