package strictjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// Error says where a text is not what this package takes.
type Error struct {
	// Offset is the place in bytes, from 0.
	Offset int
	// Problem is what is wrong there.
	Problem string
}

// Error returns place and problem.
func (e *Error) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Problem) }

// Decode returns the value of a JSON text: nil, bool, string, int64, float64,
// []any or map[string]any. A number without fraction and exponent that fits is
// an int64, any other a float64. The error is an *Error.
func Decode(text []byte) (any, error) {
	s := scanner{text: text}
	s.space()

	value, ok := s.decode(0)
	if !ok || !s.end() {
		return nil, s.error()
	}

	return value, nil
}

// Member returns where in an object the value stands that it has under a name:
// text[from:to], or 0, 0 if there is none. It reads the whole text, and refuses
// what is not JSON anywhere in it and an object that has the name twice; names
// that stand twice elsewhere in it do not matter. A value that is not an object
// has no members. The error is an *Error.
func Member(text []byte, name string) (from, to int, err error) {
	s := scanner{text: text}
	s.space()

	var ok bool
	if s.peek() == '{' {
		ok = s.list(1, '}', func(depth int) bool {
			place := s.at

			is, ok := s.named(name)
			if !ok {
				return false
			}

			start := s.at
			if !s.skip(depth) {
				return false
			}

			if is && to > 0 {
				return s.failAt(place, twice(name))
			}

			if is {
				from, to = start, s.at
			}

			return true
		})
	} else {
		ok = s.skip(0)
	}

	if !ok || !s.end() {
		return 0, 0, s.error()
	}

	return from, to, nil
}

// named scans a member's name, and what stands between it and its value. It
// reports whether the name is this one, and whether all went well.
func (s *scanner) named(name string) (is, ok bool) {
	raw, escaped, ok := s.string()
	if !ok || !s.colon() {
		return false, false
	}

	if escaped {
		return unescape(raw) == name, true
	}

	return string(raw[1:len(raw)-1]) == name, true
}

func twice(name string) string { return fmt.Sprintf("%.64q stands here again: give it once", name) }

// decode scans a value inside so many others, and returns it.
func (s *scanner) decode(depth int) (any, bool) {
	switch s.peek() {
	case '{':
		return s.object(depth)
	case '[':
		return s.array(depth)
	case '"':
		return s.quoted()
	case 't':
		return true, s.word("true")
	case 'f':
		return false, s.word("false")
	case 'n':
		return nil, s.word("null")
	default:
		return s.numeral()
	}
}

func (s *scanner) object(depth int) (any, bool) {
	members := make(map[string]any)
	ok := s.list(depth+1, '}', func(depth int) bool {
		place := s.at

		raw, escaped, ok := s.string()
		if !ok || !s.colon() {
			return false
		}

		name := plain(raw, escaped)
		if _, again := members[name]; again {
			return s.failAt(place, twice(name))
		}

		value, ok := s.decode(depth)
		members[name] = value

		return ok
	})

	return members, ok
}

func (s *scanner) array(depth int) (any, bool) {
	items := []any{}
	ok := s.list(depth+1, ']', func(depth int) bool {
		item, ok := s.decode(depth)
		items = append(items, item)

		return ok
	})

	return items, ok
}

func (s *scanner) quoted() (any, bool) {
	raw, escaped, ok := s.string()
	if !ok {
		return nil, false
	}

	return plain(raw, escaped), true
}

func (s *scanner) numeral() (any, bool) {
	from := s.at
	if !s.number() {
		return nil, false
	}

	digits := s.text[from:s.at]
	if !bytes.ContainsAny(digits, ".eE") {
		if i, err := strconv.ParseInt(string(digits), 10, 64); err == nil {
			return i, true
		}
	}

	f, err := strconv.ParseFloat(string(digits), 64)
	if err != nil {
		return nil, s.failAt(from, "this number is too large: stay below 1.8e308")
	}

	return f, true
}

// plain returns what a string between quotes means.
func plain(raw []byte, escaped bool) string {
	if escaped {
		return unescape(raw)
	}

	return string(raw[1 : len(raw)-1])
}

// unescape returns what a string with escapes means. Half of a surrogate pair
// becomes U+FFFD.
func unescape(raw []byte) string {
	var text string

	_ = json.Unmarshal(raw, &text) // the scanner has found it to be valid

	return text
}
