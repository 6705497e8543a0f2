package types

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strings"
)

// typeOf returns the type of what a schema describes. Of a schema that is only a
// part of another, part is true.
func (s *schema) typeOf(n node, part bool) form {
	if n.in.foreign {
		return unknownBecause("$schema is another draft than 2020-12")
	}

	m, ok := n.object()
	if !ok {
		if n.value == false {
			return form{}
		}

		return form{unknown: true}
	}

	part = part || has(m, "allOf", "anyOf", "oneOf", "$ref", "$dynamicRef")
	f := s.own(n, m, part)
	if ref, ok := m["$ref"].(string); ok {
		f = and(f, s.referred(n, ref))
	}

	if m["$dynamicRef"] != nil {
		f = and(f, unknownBecause("$dynamicRef is followed at run time"))
	}

	for _, each := range s.list(n, "allOf") {
		f = and(f, s.typeOf(each, true))
	}

	for _, keyword := range []string{"anyOf", "oneOf"} {
		if m[keyword] == nil {
			continue
		}

		var some []form
		for _, each := range s.list(n, keyword) {
			some = append(some, s.typeOf(each, true))
		}

		f = and(f, or(some))
	}

	return f
}

// referred returns the type of a schema that another refers to.
func (s *schema) referred(n node, ref string) form {
	target, ok := s.resolve(n, ref)
	switch {
	case !ok:
		return unknownBecause("$ref " + quoted(ref))
	case s.endless(target):
		return unknownBecause("$ref " + quoted(ref) + " comes back to itself")
	default:
		return formOf(s.kinds(target), s.nameOf(target))
	}
}

// has reports whether a schema has any of some keywords.
func has(m map[string]any, keywords ...string) bool {
	return slices.ContainsFunc(keywords, func(keyword string) bool { return m[keyword] != nil })
}

// own returns what a schema says without those that it is put together from.
func (s *schema) own(n node, m map[string]any, part bool) form {
	may := named(m)
	if values, ok := listed(m); ok {
		var f form
		for _, value := range values {
			if kind := kindOf(value); kind&may != 0 {
				f.alternatives = append(f.alternatives, alternative{written{literal(value), whole}, kind})
			}
		}

		return f
	}

	if !has(m, "type", "properties", "required", "patternProperties", "additionalProperties", "items", "prefixItems") {
		return form{unknown: true}
	}

	var f form
	for _, kind := range may.each() {
		typ := kind.plain()
		switch kind {
		case object:
			typ = s.objectOf(n, m, part)
		case array:
			typ = s.arrayOf(n, m)
		default:
		}

		f.alternatives = append(f.alternatives, alternative{written{typ, whole}, kind})
	}

	return f
}

// named returns the kinds that the keyword "type" of a schema names.
func named(m map[string]any) kinds {
	several, ok := m["type"].([]any)
	if !ok {
		return kindsNamed(m["type"])
	}

	may := none
	for _, name := range several {
		may |= kindsNamed(name)
	}

	return may
}

// listed returns the only values that a schema takes, if it lists them.
func listed(m map[string]any) ([]any, bool) {
	if value, ok := m["const"]; ok {
		return []any{value}, true
	}

	values, ok := m["enum"].([]any)

	return values, ok
}

// objectOf returns the type of the objects that a schema describes.
func (s *schema) objectOf(n node, m map[string]any, part bool) string {
	properties, _ := m["properties"].(map[string]any)
	required := map[string]bool{}
	known := map[string]bool{}
	for name := range properties {
		known[name] = true
	}

	listed, _ := m["required"].([]any)
	for _, name := range listed {
		if name, ok := name.(string); ok {
			known[name], required[name] = true, true
		}
	}

	others, isPlain := s.others(n, m, len(known) > 0)
	if len(known) == 0 && (isPlain || others != "") {
		return "{ " + strings.TrimSuffix(cmp.Or(others, "[key: string]: unknown"), ";") + " }"
	}

	var out strings.Builder
	for _, name := range sorted(known) {
		optional := "?"
		if required[name] {
			optional = ""
		}

		at := s.path(n, "properties", name)
		typ := s.unnamed(n, m, part)
		if _, ok := properties[name]; ok {
			out.WriteString(comment(said(at)))
			typ = s.typeOf(at, false).write().text
		}

		out.WriteString(property(name) + optional + ": " + typ + ";\n")
	}

	if others != "" {
		out.WriteString(others + "\n")
	}

	return "{\n" + indented(out.String()) + "}"
}

// unnamed returns the type of a property that is required and not described. It
// says that there is a value, so that no other part leaves it optional.
func (s *schema) unnamed(n node, m map[string]any, part bool) string {
	switch {
	case m["patternProperties"] == nil && m["additionalProperties"] != nil:
		return s.typeOf(s.path(n, "additionalProperties"), false).write().text
	case part:
		return "{} | null"
	default:
		return "unknown"
	}
}

// others returns the index signature for properties that are not named, or "",
// and whether the schema says nothing of them.
func (s *schema) others(n node, m map[string]any, beside bool) (signature string, nothing bool) {
	patterns, _ := m["patternProperties"].(map[string]any)
	additional, says := m["additionalProperties"]
	if len(patterns) == 0 && !says {
		return "", true
	}

	var some []form
	for _, pattern := range sorted(patterns) {
		some = append(some, s.typeOf(s.path(n, "patternProperties", pattern), false))
	}

	if says {
		some = append(some, s.typeOf(s.path(n, "additionalProperties"), false))
	} else {
		some = append(some, form{unknown: true})
	}

	f := or(some)
	switch {
	case !beside:
		return "[key: string]: " + f.write().text + ";", false
	case additional == false && len(patterns) == 0:
		return "", false
	case f.unknown:
		return "[key: string]: unknown;", false
	default:
		return "[key: string]: unknown /* the schema says more of properties without a name */;", false
	}
}

// arrayOf returns the type of the arrays that a schema describes.
func (s *schema) arrayOf(n node, m map[string]any) string {
	first := s.list(n, "prefixItems")
	rest := "unknown[]"
	if m["items"] != nil {
		rest = s.typeOf(s.path(n, "items"), false).write().inside(whole) + "[]"
	}

	if len(first) == 0 {
		return rest
	}

	least := count(m["minItems"], 0)
	most := count(m["maxItems"], math.MaxInt)
	var parts []string
	for i, each := range first[:min(most, len(first))] {
		typ := s.typeOf(each, false).write()
		if i < least {
			parts = append(parts, typ.text)
		} else {
			parts = append(parts, typ.inside(whole)+"?")
		}
	}

	if m["items"] != false && most > len(first) {
		parts = append(parts, "..."+rest)
	}

	return "[" + strings.Join(parts, ", ") + "]"
}

// count returns how many a keyword says, at most what an int holds.
func count(value any, otherwise int) int {
	n, ok := value.(json.Number)
	if !ok {
		return otherwise
	}

	f, err := n.Float64()
	if err != nil || f < 0 || f > 1<<30 {
		return otherwise
	}

	return int(f)
}
