package wire

import "unicode/utf8"

// scanner walks over JSON text (RFC 8259) that may be wrong, in one pass: what
// it has walked over is valid. It takes what encoding/json takes, up to its own
// limit of depth. The functions of scan.go are for text that is known to be
// valid.
type scanner struct {
	text []byte
	at   int
	// most is how deeply values may be nested.
	most int
	// depth is how many arrays and objects that array and object have entered
	// stand around the place.
	depth int
}

const (
	// jsonDepth is how deeply values may be nested for encoding/json, and for
	// other parsers.
	jsonDepth = 10_000
	// clientDepth is how deeply they may be nested in what clients send: others
	// get it inside a few more levels, and must be able to parse that.
	clientDepth = 9_000
)

// open returns a scanner for what a client sent, at the first byte that is not
// white space.
func open(text []byte) (scanner, error) {
	if !utf8.Valid(text) {
		return scanner{}, errNotUTF8
	}

	return scanner{text: text, at: skipSpace(text, 0), most: clientDepth}, nil
}

// isValid reports whether text is one JSON value, as encoding/json's Valid does.
func isValid(text []byte) bool {
	s := scanner{text: text, most: jsonDepth}
	s.space()

	return s.whole() == nil
}

// whole walks over one value, after which nothing may follow but white space.
func (s *scanner) whole() error {
	if _, err := s.value(); err != nil {
		return err
	}

	return s.end()
}

// end checks that nothing follows but white space.
func (s *scanner) end() error {
	s.space()
	if s.at < len(s.text) {
		return errSyntax
	}

	return nil
}

// peek returns the byte at the scanner's place, 0 at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}

	return 0
}

func (s *scanner) space() {
	for s.at < len(s.text) && isSpace(s.text[s.at]) {
		s.at++
	}
}

// array walks over an array from its bracket; element walks over each element.
func (s *scanner) array(element func() error) error {
	return s.list(']', element)
}

// object walks over an object from its brace; member gets each name, with its
// quotes, and walks over the value.
func (s *scanner) object(member func(quoted []byte) error) error {
	return s.list('}', func() error {
		start := s.at
		if !s.string() {
			return errSyntax
		}

		name := s.text[start:s.at]
		if !s.colon() {
			return errSyntax
		}

		return member(name)
	})
}

// list walks over an array or object up to its last byte.
func (s *scanner) list(last byte, item func() error) error {
	s.at++
	s.depth++
	s.space()
	if s.peek() == last {
		s.at++
		s.depth--

		return nil
	}

	for {
		if err := item(); err != nil {
			return err
		}

		s.space()
		switch s.peek() {
		case ',':
			s.at++
			s.space()
		case last:
			s.at++
			s.depth--

			return nil
		default:
			return errSyntax
		}
	}
}

// value walks over a value and returns its text. It does not recurse, so that
// hostile text cannot make a goroutine's stack grow.
func (s *scanner) value() ([]byte, error) {
	var room [64]byte
	due := room[:0] // the closing bytes of what is open
	start := s.at
	for {
		c := s.peek()
		if c == '{' || c == '[' {
			if s.depth+len(due) >= s.most {
				return nil, errDepth
			}

			due = append(due, c+2) // in ASCII, each closes two after it opens
			s.at++
			s.space()
			if s.peek() != c+2 {
				if c == '{' && !s.name() {
					return nil, errSyntax
				}

				continue
			}
		} else if !s.scalar(c) {
			return nil, errSyntax
		}

		if due = s.closing(due); len(due) == 0 {
			return s.text[start:s.at], nil
		}

		if !s.comma(due[len(due)-1]) {
			return nil, errSyntax
		}
	}
}

// closing walks over the closing bytes that follow a value, as far as they are
// due, and returns what is due then.
func (s *scanner) closing(due []byte) []byte {
	for len(due) > 0 {
		s.space()
		if s.peek() != due[len(due)-1] {
			break
		}

		s.at++
		due = due[:len(due)-1]
	}

	return due
}

// comma walks from a comma to the next value of an array or object.
func (s *scanner) comma(last byte) bool {
	if s.peek() != ',' {
		return false
	}

	s.at++
	s.space()

	return last == ']' || s.name()
}

// name walks over a name and its colon.
func (s *scanner) name() bool { return s.string() && s.colon() }

func (s *scanner) colon() bool {
	s.space()
	if s.peek() != ':' {
		return false
	}

	s.at++
	s.space()

	return true
}
