package types

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// schema writes the types of one schema.
type schema struct {
	*document

	taken   names             // by all types of the file
	named   map[string]string // by the key of a node
	due     []node            // have a name, and are to be written
	may     map[string]kinds
	endings map[string]bool // whether a node comes back to itself
}

// newSchema returns the writer of a schema whose whole has a name already.
func newSchema(text []byte, name string, taken names) (*schema, error) {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()

	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}

	s := &schema{document: newDocument(value), taken: taken, named: map[string]string{}, may: map[string]kinds{}, endings: map[string]bool{}}
	s.named[s.root.key()] = name
	s.due = []node{s.root}

	return s, nil
}

// nameOf returns the name of the type of a schema that another refers to.
func (s *schema) nameOf(n node) string {
	name, ok := s.named[n.key()]
	if !ok {
		called := n.pointer[strings.LastIndexByte(n.pointer, '/')+1:]
		if called == "" {
			called = n.in.place[strings.LastIndexByte(n.in.place, '/')+1:]
		}

		name = s.taken.take(called)
		s.named[n.key()] = name
		s.due = append(s.due, n)
	}

	return name
}

// write writes the type of the whole, and of all that it refers to.
func (s *schema) write(out *strings.Builder) {
	for len(s.due) > 0 {
		n := s.due[0]
		s.due = s.due[1:]
		typ := s.typeOf(n, false).write()
		out.WriteString("\n" + comment(said(n)) + "export type " + s.named[n.key()] + " = " + typ.text + ";\n")
	}
}

// parts returns the schemas that are about the same value as a node.
func (s *schema) parts(n node) []node {
	m, ok := n.object()
	if !ok || n.in.foreign {
		return nil
	}

	var parts []node
	if ref, ok := m["$ref"].(string); ok {
		if target, ok := s.resolve(n, ref); ok {
			parts = append(parts, target)
		}
	}

	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		parts = append(parts, s.list(n, keyword)...)
	}

	return parts
}

// endless reports whether a schema comes back to itself for the same value. As a
// type it would be no type at all.
func (s *schema) endless(n node) bool {
	if known, ok := s.endings[n.key()]; ok {
		return known
	}

	seen := map[string]bool{}
	ahead := s.parts(n)
	for len(ahead) > 0 && !seen[n.key()] {
		next := ahead[len(ahead)-1]
		ahead = ahead[:len(ahead)-1]
		if !seen[next.key()] {
			seen[next.key()] = true
			ahead = append(ahead, s.parts(next)...)
		}
	}

	s.endings[n.key()] = seen[n.key()]

	return seen[n.key()]
}

// kinds returns the kinds of values that a schema takes at most.
func (s *schema) kinds(n node) kinds {
	m, ok := n.object()
	switch known, done := s.may[n.key()]; {
	case done:
		return known
	case n.value == false:
		return none
	case !ok || n.in.foreign:
		return all
	}

	s.may[n.key()] = all // for one that comes back to itself
	may := named(m)
	if values, ok := listed(m); ok {
		some := none
		for _, value := range values {
			some |= kindOf(value)
		}

		may &= some
	}

	if ref, ok := m["$ref"].(string); ok {
		if target, ok := s.resolve(n, ref); ok {
			may &= s.kinds(target)
		}
	}

	for _, each := range s.list(n, "allOf") {
		may &= s.kinds(each)
	}

	for _, keyword := range []string{"anyOf", "oneOf"} {
		if m[keyword] == nil {
			continue
		}

		some := none
		for _, each := range s.list(n, keyword) {
			some |= s.kinds(each)
		}

		may &= some
	}

	s.may[n.key()] = may

	return may
}

// said returns what a schema says to people.
func said(n node) []string {
	m, _ := n.object()

	var paragraphs []string
	for _, keyword := range []string{"title", "description"} {
		if words, ok := m[keyword].(string); ok && strings.TrimSpace(words) != "" {
			paragraphs = append(paragraphs, strings.TrimSpace(words))
		}
	}

	var more []string
	for _, keyword := range []string{"not", "if", "contains", "dependentRequired", "dependentSchemas", "propertyNames", "unevaluatedItems", "unevaluatedProperties"} {
		if m[keyword] != nil {
			more = append(more, keyword)
		}
	}

	if len(more) > 0 {
		paragraphs = append(paragraphs, "The schema says more than this type: "+strings.Join(more, ", ")+".")
	}

	var tags []string
	if format, ok := m["format"].(string); ok {
		tags = append(tags, "@format "+format)
	}

	if m["deprecated"] == true {
		tags = append(tags, "@deprecated")
	}

	if len(tags) > 0 {
		paragraphs = append(paragraphs, strings.Join(tags, "\n"))
	}

	return paragraphs
}

// kindOf returns the kind of a JSON value.
func kindOf(value any) kinds {
	switch value.(type) {
	case map[string]any:
		return object
	case []any:
		return array
	case string:
		return text
	case json.Number:
		return number
	case bool:
		return boolean
	default:
		return null
	}
}

// literal returns the type that has a value alone, or a wider one.
func literal(value any) string {
	switch value := value.(type) {
	case map[string]any:
		if len(value) == 0 {
			return "{ [key: string]: never }"
		}

		parts := make([]string, 0, len(value))
		for _, name := range sorted(value) {
			parts = append(parts, property(name)+": "+literal(value[name]))
		}

		return "{ " + strings.Join(parts, "; ") + " }"
	case []any:
		parts := make([]string, len(value))
		for i := range value {
			parts[i] = literal(value[i])
		}

		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		// Half a character is one in JavaScript, and was replaced here.
		if strings.ContainsRune(value, utf8.RuneError) {
			return text.plain()
		}

		return quoted(value)
	case json.Number:
		f, err := value.Float64()
		switch {
		case err != nil:
			return number.plain()
		case f == 0: // -0, too
			return "0"
		default:
			return strconv.FormatFloat(f, 'g', -1, 64)
		}
	case bool:
		return strconv.FormatBool(value)
	default:
		return null.plain()
	}
}
