package jsonscan

import (
	"encoding/binary"
	"math/bits"
)

// scalar walks over a string, a word or a number that begins with c.
func (s *Scanner) scalar(c byte) bool {
	switch c {
	case '"':
		return s.string()
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

func (s *Scanner) word(word string) bool {
	if len(s.text)-s.at < len(word) || string(s.text[s.at:s.at+len(word)]) != word {
		return false
	}

	s.at += len(word)

	return true
}

// string walks over a string, from quote to quote.
func (s *Scanner) string() bool {
	if s.Peek() != '"' {
		return false
	}

	for s.at++; ; s.at++ {
		s.plain()
		switch c := s.Peek(); {
		case c == '"':
			s.at++

			return true
		case c != '\\' || !s.escape():
			return false
		}
	}
}

// plain walks to the next byte that a string cannot have as it is, eight bytes
// at a time.
func (s *Scanner) plain() {
	for ; len(s.text)-s.at >= 8; s.at += 8 {
		if special := specialBytes(binary.LittleEndian.Uint64(s.text[s.at:])); special != 0 {
			s.at += bits.TrailingZeros64(special) / 8

			return
		}
	}

	for s.at < len(s.text) {
		if c := s.text[s.at]; c == '"' || c == '\\' || c < ' ' {
			return
		}

		s.at++
	}
}

// specialBytes sets the highest bit of the first of eight bytes that is a
// quote, a backslash or a control character, and maybe of some after it.
func specialBytes(eight uint64) uint64 {
	const (
		ones  = 0x0101010101010101
		highs = 0x80 * ones
	)

	quote := eight ^ '"'*ones
	backslash := eight ^ '\\'*ones

	return ((quote-ones)&^quote | (backslash-ones)&^backslash | (eight-' '*ones)&^eight) & highs
}

// escape walks over an escape from its backslash to its last byte.
func (s *Scanner) escape() bool {
	s.at++
	switch s.Peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		for range 4 {
			s.at++
			if !isHex(s.Peek()) {
				return false
			}
		}

		return true
	default:
		return false
	}
}

func (s *Scanner) number() bool {
	if s.Peek() == '-' {
		s.at++
	}

	if s.Peek() == '0' {
		s.at++
	} else if !s.digits() {
		return false
	}

	if s.Peek() == '.' {
		s.at++
		if !s.digits() {
			return false
		}
	}

	if s.Peek()|0x20 != 'e' {
		return true
	}

	s.at++
	if c := s.Peek(); c == '+' || c == '-' {
		s.at++
	}

	return s.digits()
}

// digits walks over one digit or more.
func (s *Scanner) digits() bool {
	from := s.at
	for s.at < len(s.text) && '0' <= s.text[s.at] && s.text[s.at] <= '9' {
		s.at++
	}

	return s.at > from
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// IsSpace reports whether c is white space in JSON.
func IsSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
