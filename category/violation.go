package category

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

const (
	// mostNamed is how many wrong places a message names.
	mostNamed = 3
	// mostGathered is how many wrong places are gathered for that.
	mostGathered = 100
	// mostLookedAt is how many violations are looked at for that.
	mostLookedAt = 2000
	// maxValue is how many bytes of a value a message repeats.
	maxValue = 60
	// maxPointer is how many bytes of a pointer a message repeats.
	maxPointer = 400
)

// place is a wrong place.
type place struct {
	pointer string // JSON pointer; "" is the whole
	problem string
	// nearest is what is wrong with the form that comes nearest, if several
	// would be right.
	nearest string
}

func (p place) String() string {
	at := "the data"
	if p.pointer != "" {
		at = cutTo(p.pointer, maxPointer)
	}

	if p.nearest != "" {
		return at + ": " + p.problem + " (nearest: " + p.nearest + ")"
	}

	return at + ": " + p.problem
}

// innermost returns the place itself, or what it has nearest.
func (p place) innermost() string {
	if p.nearest != "" {
		return p.nearest
	}

	return p.String()
}

// describe says what a violation in a value is about: the JSON pointers of the
// wrong places, and what was expected there.
func describe(violation *jsonschema.ValidationError, value any) string {
	d := &describer{value: value, left: mostLookedAt}
	places := d.gather(nil, violation)
	slices.SortFunc(places, byText)
	places = slices.Compact(places)

	said := make([]string, 0, mostNamed+1)
	for _, p := range places[:min(len(places), mostNamed)] {
		said = append(said, p.String())
	}

	if len(places) > mostNamed {
		said = append(said, "and more")
	}

	return strings.Join(said, "; ")
}

func byText(a, b place) int { return strings.Compare(a.String(), b.String()) }

// describer gathers what is wrong with a value.
type describer struct {
	value any
	left  int // how many violations may be looked at yet
}

// gather appends the places that a violation is about.
func (d *describer) gather(places []place, v *jsonschema.ValidationError) []place {
	if d.left--; d.left < 0 || len(places) >= mostGathered {
		return places
	}

	at := pointer(v.InstanceLocation)
	switch k := v.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.AllOf, *kind.Reference:
		for _, cause := range v.Causes {
			places = d.gather(places, cause)
		}

		return places
	case *kind.Required:
		return missing(places, at, k.Missing, "")
	case *kind.DependentRequired:
		return missing(places, at, k.Missing, ", which goes with "+quote(k.Prop))
	case *kind.Dependency:
		return missing(places, at, k.Missing, ", which goes with "+quote(k.Prop))
	case *kind.AdditionalProperties:
		return unexpected(places, at, k.Properties)
	case *kind.PropertyNames:
		return append(places, d.propertyName(v.InstanceLocation, k.Property))
	case *kind.AnyOf:
		return append(places, d.noForm(at, v.Causes))
	case *kind.OneOf:
		if len(k.Subschemas) == 0 {
			return append(places, d.noForm(at, v.Causes))
		}
	}

	return append(places, place{pointer: at, problem: problemOf(v.ErrorKind)})
}

func missing(places []place, at string, names []string, why string) []place {
	for _, name := range names {
		places = append(places, place{pointer: at + pointer([]string{name}), problem: "it is missing" + why})
	}

	return places
}

func unexpected(places []place, at string, names []string) []place {
	names = slices.Sorted(slices.Values(names))
	for _, name := range names[:min(len(names), mostGathered)] {
		places = append(places, place{pointer: at + pointer([]string{name}), problem: "there is no such property"})
	}

	return places
}

// propertyName says that a name is wrong. The place that the validator gives for
// that may be another by then, because it uses its memory again: look first.
func (d *describer) propertyName(steps []string, name string) place {
	p := place{problem: "the name " + quote(cutTo(name, maxValue)) + " is not allowed"}
	if object, ok := at(d.value, steps).(map[string]any); ok {
		if _, has := object[name]; has {
			p.pointer = pointer(steps)
		}
	}

	return p
}

// at returns the value at a place inside another, nil if there is none.
func at(value any, steps []string) any {
	for _, step := range steps {
		switch inside := value.(type) {
		case map[string]any:
			value = inside[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(inside) {
				return nil
			}

			value = inside[i]
		default:
			return nil
		}
	}

	return value
}

// noForm says that a value has none of several forms, and what is wrong with the
// one that comes nearest: that with the fewest wrong places, deep inside.
func (d *describer) noForm(at string, forms []*jsonschema.ValidationError) place {
	if types, got, only := onlyTypes(at, forms); only {
		return place{pointer: at, problem: expected(alternatives(typeNames(types)), typeName(got))}
	}

	p := place{pointer: at, problem: "it has none of the forms that are allowed"}
	fewest := mostGathered + 1
	deepest := 0
	for _, form := range forms {
		places := d.gather(nil, form)
		if len(places) == 0 || len(places) > fewest {
			continue
		}

		first := slices.MinFunc(places, byText)
		if len(places) < fewest || len(first.pointer) > deepest {
			fewest, deepest, p.nearest = len(places), len(first.pointer), first.innermost()
		}
	}

	return p
}

// onlyTypes returns the types that several forms want, and the one that they
// got, if nothing else is wrong with any of them.
func onlyTypes(at string, forms []*jsonschema.ValidationError) (want []string, got string, only bool) {
	for _, form := range forms {
		k, ok := form.ErrorKind.(*kind.Type)
		if !ok || pointer(form.InstanceLocation) != at {
			return nil, "", false
		}

		want, got = append(want, k.Want...), k.Got
	}

	return want, got, len(forms) > 0
}

// problemOf says what was expected.
func problemOf(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return expected(alternatives(typeNames(k.Want)), typeName(k.Got))
	case *kind.Enum:
		return expected(alternatives(literals(k.Want)), literal(k.Got))
	case *kind.Const:
		return expected(literal(k.Want), literal(k.Got))
	case *kind.Format:
		return expected("the format "+k.Want, literal(k.Got))
	case *kind.Pattern:
		return expected("a string that matches "+k.Want, literal(k.Got))
	case *kind.FalseSchema:
		return "nothing is allowed here"
	case *kind.Not, *kind.OneOf:
		return exclusion(k)
	case *kind.RefCycle:
		return "its schema refers to itself without end"
	case *kind.UniqueItems:
		return fmt.Sprintf("items %d and %d are equal, expected each only once", k.Duplicates[0], k.Duplicates[1])
	}

	if problem := amount(k); problem != "" {
		return problem
	}

	return "it is not as the schema says"
}

// exclusion says what may not be.
func exclusion(k jsonschema.ErrorKind) string {
	if one, ok := k.(*kind.OneOf); ok && len(one.Subschemas) == 2 {
		return fmt.Sprintf("it has form %d and form %d, expected exactly one", one.Subschemas[0]+1, one.Subschemas[1]+1)
	}

	return "it has a form that is excluded"
}

// amount says how much of something was expected.
func amount(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Minimum:
		return expected("at least "+number(k.Want), number(k.Got))
	case *kind.Maximum:
		return expected("at most "+number(k.Want), number(k.Got))
	case *kind.ExclusiveMinimum:
		return expected("more than "+number(k.Want), number(k.Got))
	case *kind.ExclusiveMaximum:
		return expected("less than "+number(k.Want), number(k.Got))
	case *kind.MultipleOf:
		return expected("a multiple of "+number(k.Want), number(k.Got))
	case *kind.MinLength:
		return expected("at least "+count(k.Want, "character"), strconv.Itoa(k.Got))
	case *kind.MaxLength:
		return expected("at most "+count(k.Want, "character"), strconv.Itoa(k.Got))
	case *kind.MinItems:
		return expected("at least "+count(k.Want, "item"), strconv.Itoa(k.Got))
	case *kind.MaxItems:
		return expected("at most "+count(k.Want, "item"), strconv.Itoa(k.Got))
	case *kind.AdditionalItems:
		return expected(count(k.Count, "item")+" less", "too many")
	case *kind.MinProperties:
		return expected("at least "+count(k.Want, "property"), strconv.Itoa(k.Got))
	case *kind.MaxProperties:
		return expected("at most "+count(k.Want, "property"), strconv.Itoa(k.Got))
	case *kind.Contains:
		return "none of its items is as one has to be"
	case *kind.MinContains:
		return expected("at least "+count(k.Want, "item")+" of a kind", strconv.Itoa(len(k.Got)))
	case *kind.MaxContains:
		return expected("at most "+count(k.Want, "item")+" of a kind", strconv.Itoa(len(k.Got)))
	default:
		return ""
	}
}

func expected(want, got string) string { return "expected " + want + ", got " + got }

func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "y"):
		return strconv.Itoa(n) + " " + strings.TrimSuffix(noun, "y") + "ies"
	default:
		return strconv.Itoa(n) + " " + noun + "s"
	}
}

// number returns a fraction as a person writes it.
func number(r *big.Rat) string {
	if r.IsInt() {
		return cutTo(r.Num().String(), maxValue)
	}

	approximate, _ := r.Float64()

	return strconv.FormatFloat(approximate, 'g', -1, 64)
}

// typeName returns a type of JSON Schema with its article.
func typeName(name string) string {
	switch name {
	case "object", "array":
		return "an " + name
	case "string", "number":
		return "a " + name
	case "integer":
		return "a whole number"
	case "boolean":
		return "true or false"
	default:
		return name
	}
}

func typeNames(names []string) []string {
	said := make([]string, len(names))
	for i, name := range names {
		said[i] = typeName(name)
	}

	return said
}

// literal returns a value as JSON, cut.
func literal(value any) string {
	switch value := value.(type) {
	case string:
		return quote(cutTo(value, maxValue))
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	}

	text, err := json.Marshal(value)
	if err != nil {
		return kindOf(value)
	}

	return cutTo(string(text), maxValue)
}

func literals(values []any) []string {
	said := make([]string, len(values))
	for i, value := range values {
		said[i] = literal(value)
	}

	return said
}

func quote(text string) string { return strconv.Quote(text) }

// pointer returns a JSON pointer (RFC 6901).
func pointer(steps []string) string {
	var out strings.Builder
	for _, step := range steps {
		out.WriteByte('/')
		if strings.ContainsAny(step, "~/") {
			step = strings.ReplaceAll(strings.ReplaceAll(step, "~", "~0"), "/", "~1")
		}

		out.WriteString(step)
	}

	return out.String()
}
