// Package jsonscan walks over JSON text without decoding it.
package jsonscan

import "errors"

// ErrSyntax and ErrDepth are what methods of a Scanner fail with: the text is
// not JSON (Explain says why), or values are nested too deeply.
var (
	ErrSyntax = errors.New("is not JSON")
	ErrDepth  = errors.New("is nested too deeply")
)

// MaxDepth is how deeply values may be nested for encoding/json, and for other
// parsers.
const MaxDepth = 10_000

// Valid reports whether text is one JSON value, as encoding/json's Valid does,
// in about a third of its time: every append is checked.
func Valid(text []byte) bool {
	s := New(text, MaxDepth)

	return s.Whole() == nil
}

// Scanner walks over JSON text (RFC 8259) that may be wrong, in one pass: what
// it has walked over is valid. It takes what encoding/json takes, up to its own
// limit of depth. A scanner is for one goroutine, and after an error for nothing.
type Scanner struct {
	text []byte
	at   int
	// most is how deeply values may be nested.
	most int
	// depth is how many arrays and objects that Array and Object have entered
	// stand around the place.
	depth int
}

// New returns a scanner at the first byte of text that is not white space,
// which takes values nested so deeply.
func New(text []byte, most int) Scanner {
	s := Scanner{text: text, most: most}
	s.space()

	return s
}

// Place returns where the scanner is: how many bytes stand before it.
func (s *Scanner) Place() int { return s.at }

// Whole walks over one value, after which nothing may follow but white space.
func (s *Scanner) Whole() error {
	if _, err := s.Value(); err != nil {
		return err
	}

	return s.End()
}

// End checks that nothing follows but white space.
func (s *Scanner) End() error {
	s.space()
	if s.at < len(s.text) {
		return ErrSyntax
	}

	return nil
}

// Peek returns the byte at the scanner's place, 0 at the end.
func (s *Scanner) Peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}

	return 0
}

func (s *Scanner) space() {
	for s.at < len(s.text) && IsSpace(s.text[s.at]) {
		s.at++
	}
}

// Array walks over an array from its bracket; element walks over each element.
func (s *Scanner) Array(element func() error) error {
	return s.list(']', element)
}

// Object walks over an object from its brace; member gets each name, with its
// quotes, and where it begins, and walks over the value.
func (s *Scanner) Object(member func(at int, quoted []byte) error) error {
	return s.list('}', func() error {
		start := s.at
		if !s.string() {
			return ErrSyntax
		}

		name := s.text[start:s.at]
		if !s.colon() {
			return ErrSyntax
		}

		return member(start, name)
	})
}

// list walks over an array or object up to its last byte.
func (s *Scanner) list(last byte, item func() error) error {
	if s.depth >= s.most {
		return ErrDepth
	}

	s.at++
	s.depth++
	s.space()
	if s.Peek() == last {
		s.at++
		s.depth--

		return nil
	}

	for {
		if err := item(); err != nil {
			return err
		}

		s.space()
		switch s.Peek() {
		case ',':
			s.at++
			s.space()
		case last:
			s.at++
			s.depth--

			return nil
		default:
			return ErrSyntax
		}
	}
}

// Value walks over a value and returns its text. It does not recurse, so that
// hostile text cannot make a goroutine's stack grow.
func (s *Scanner) Value() ([]byte, error) {
	var room [64]byte
	due := room[:0] // the closing bytes of what is open
	start := s.at
	for {
		c := s.Peek()
		if c == '{' || c == '[' {
			if s.depth+len(due) >= s.most {
				return nil, ErrDepth
			}

			due = append(due, c+2) // in ASCII, each closes two after it opens
			s.at++
			s.space()
			if s.Peek() != c+2 {
				if c == '{' && !s.name() {
					return nil, ErrSyntax
				}

				continue
			}
		} else if !s.scalar(c) {
			return nil, ErrSyntax
		}

		if due = s.closing(due); len(due) == 0 {
			return s.text[start:s.at], nil
		}

		if !s.comma(due[len(due)-1]) {
			return nil, ErrSyntax
		}
	}
}

// closing walks over the closing bytes that follow a value, as far as they are
// due, and returns what is due then.
func (s *Scanner) closing(due []byte) []byte {
	for len(due) > 0 {
		s.space()
		if s.Peek() != due[len(due)-1] {
			break
		}

		s.at++
		due = due[:len(due)-1]
	}

	return due
}

// comma walks from a comma to the next value of an array or object.
func (s *Scanner) comma(last byte) bool {
	if s.Peek() != ',' {
		return false
	}

	s.at++
	s.space()

	return last == ']' || s.name()
}

// name walks over a name and its colon.
func (s *Scanner) name() bool { return s.string() && s.colon() }

func (s *Scanner) colon() bool {
	s.space()
	if s.Peek() != ':' {
		return false
	}

	s.at++
	s.space()

	return true
}
