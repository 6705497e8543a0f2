package strictjson

import (
	"fmt"
	"unicode/utf8"
)

// maxDepth is how deep values may be nested; encoding/json has the same limit.
const maxDepth = 10000

// scanner walks over JSON text (RFC 8259). Its methods report whether what they
// are named after stands at the scanner's place, and move behind it; where it
// does not, the first of them notes the problem.
type scanner struct {
	text    []byte
	at      int
	problem string
	place   int
}

func (s *scanner) error() error { return &Error{Offset: s.place, Problem: s.problem} }

func (s *scanner) failAt(place int, problem string) bool {
	if s.problem == "" {
		s.place, s.problem = place, problem
	}

	return false
}

// fail notes that something else should stand at the scanner's place.
func (s *scanner) fail(wanted string) bool {
	if s.at >= len(s.text) {
		return s.failAt(s.at, "the text ends where "+wanted+" should be")
	}

	return s.failAt(s.at, fmt.Sprintf("%q stands where %s should be", rune(s.text[s.at]), wanted))
}

func (s *scanner) end() bool {
	s.space()
	return s.at == len(s.text) || s.fail("the end")
}

// peek returns the byte at the scanner's place, 0 at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}

	return 0
}

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// skip scans a value inside so many others.
func (s *scanner) skip(depth int) bool {
	switch s.peek() {
	case '"':
		_, _, ok := s.string()
		return ok
	case '{':
		return s.list(depth+1, '}', s.member)
	case '[':
		return s.list(depth+1, ']', s.skip)
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	default:
		return s.number()
	}
}

// list scans an object or an array, from its first byte to its last.
func (s *scanner) list(depth int, last byte, item func(depth int) bool) bool {
	if depth > maxDepth {
		return s.failAt(s.at, fmt.Sprintf("values are nested deeper than %d: flatten them", maxDepth))
	}

	s.at++
	s.space()

	if s.peek() == last {
		s.at++
		return true
	}

	for {
		if !item(depth) {
			return false
		}

		s.space()

		switch s.peek() {
		case ',':
			s.at++
			s.space()
		case last:
			s.at++
			return true
		default:
			return s.fail(fmt.Sprintf("',' or %q", last))
		}
	}
}

// member scans a name and its value.
func (s *scanner) member(depth int) bool {
	_, _, ok := s.string()
	return ok && s.colon() && s.skip(depth)
}

// colon scans what stands between a name and its value.
func (s *scanner) colon() bool {
	s.space()
	if s.peek() != ':' {
		return s.fail("':'")
	}

	s.at++
	s.space()

	return true
}

func (s *scanner) word(word string) bool {
	if len(s.text)-s.at < len(word) || string(s.text[s.at:s.at+len(word)]) != word {
		return s.failAt(s.at, "this should be "+word)
	}

	s.at += len(word)

	return true
}

// string scans a string from quote to quote, and says whether it has escapes.
func (s *scanner) string() (raw []byte, escaped, ok bool) {
	if s.peek() != '"' {
		return nil, false, s.fail("a string")
	}

	from, ascii := s.at, true
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			raw = s.text[from:s.at]

			if !ascii && !utf8.Valid(raw) {
				return nil, false, s.failAt(from, "this string is not UTF-8")
			}

			return raw, escaped, true
		case c == '\\':
			escaped = true
			if !s.escape() {
				return nil, false, false
			}
		case c < ' ':
			return nil, false, s.failAt(s.at, "a control character has to be escaped")
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}

	return nil, false, s.fail("the closing quote")
}

// escape scans an escape from its backslash, up to its last byte.
func (s *scanner) escape() bool {
	s.at++
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		for range 4 {
			s.at++
			if !isHex(s.peek()) {
				return s.fail("a hexadecimal digit")
			}
		}

		return true
	default:
		return s.fail("an escape that JSON knows")
	}
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func (s *scanner) number() bool {
	from := s.at
	if s.peek() == '-' {
		s.at++
	}

	switch {
	case s.peek() == '0':
		s.at++
	case !s.digits():
		s.at = from
		return s.fail("a value")
	}

	if s.peek() == '.' {
		s.at++
		if !s.digits() {
			return s.fail("a digit")
		}
	}

	if s.peek()|0x20 != 'e' {
		return true
	}

	s.at++
	if c := s.peek(); c == '+' || c == '-' {
		s.at++
	}

	return s.digits() || s.fail("a digit")
}

// digits scans one digit or more.
func (s *scanner) digits() bool {
	from := s.at
	for s.at < len(s.text) && '0' <= s.text[s.at] && s.text[s.at] <= '9' {
		s.at++
	}

	return s.at > from
}
