package wire

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/recountdev/recount/internal/nearest"
)

// names are the names of an object that were seen, to find one that stands
// twice: the first few in a list, more in a map, so that an object with a
// hundred thousand names is not compared name by name.
type names struct {
	few  [8][]byte
	n    int
	many map[string]struct{}
}

// add reports whether the name is new. It keeps the first few without a copy.
func (s *names) add(name []byte) bool {
	if s.has(name) {
		return false
	}

	if s.n < len(s.few) {
		s.few[s.n] = name
		s.n++

		return true
	}

	if s.many == nil {
		s.many = make(map[string]struct{})
	}

	s.many[string(name)] = struct{}{}

	return true
}

// len returns how many names were seen.
func (s *names) len() int { return s.n + len(s.many) }

func (s *names) has(name []byte) bool {
	for _, seen := range s.few[:s.n] {
		if bytes.Equal(seen, name) {
			return true
		}
	}

	_, seen := s.many[string(name)]

	return seen
}

// plainName returns a name without its quotes and escapes.
func plainName(quoted []byte) ([]byte, error) {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1], nil
	}

	name, ok := unquote(quoted)
	if !ok {
		return nil, invalid("attribute", "%.40s has half a character in its name (a lone surrogate): rename it", quoted)
	}

	return []byte(name), nil
}

func twice(name []byte) error {
	return invalid(fmt.Sprintf("%.40s", name), "stands twice: keep one")
}

// unknown says that a name means nothing here, and what was probably meant.
func unknown(name []byte, known ...string) error {
	const longest = 64 // nobody means a known name by a longer one

	field := fmt.Sprintf("%.40q", name)
	if len(name) <= longest {
		if meant, ok := nearest.Of(string(name), known); ok {
			return invalid(field, "is not known here: did you mean %q?", meant)
		}
	}

	return invalid(field, "is not known here: there are %s", strings.Join(known, ", "))
}
