package wire

import (
	"unicode/utf8"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/jsonscan"
)

// form is a JSON object that clients send: what it is called in errors, and
// what it looks like.
type form struct{ name, example string }

// wrong says what is wrong with the whole object.
func (f form) wrong(problem string) error {
	return fault.Invalid("%s %s: send %s", f.name, problem, f.example)
}

// read walks over text that must be one object in UTF-8. member gets each name,
// without quotes and escapes and as it stands there, and walks over the value.
func (f form) read(text []byte, member func(s *scanner, name, quoted []byte) error) error {
	s, err := open(text)
	switch {
	case err != nil:
	case s.Peek() != '{':
		if err = s.Whole(); err == nil {
			return f.wrong("is JSON, but not an object")
		}
	default:
		err = s.members(func(name, quoted []byte) error { return member(&s, name, quoted) })
		if err == nil {
			err = s.End()
		}
	}

	if problem, bad := badText(text, err); bad {
		return f.wrong(problem)
	}

	return err
}

// scanner walks over what a client sent.
type scanner struct{ jsonscan.Scanner }

// clientDepth is how deeply values may be nested in what clients send: others
// get it inside a few more levels, and must be able to parse that.
const clientDepth = 9_000

// open returns a scanner at the first byte of text that is not white space.
func open(text []byte) (scanner, error) {
	if !utf8.Valid(text) {
		return scanner{}, errNotUTF8
	}

	return scanner{jsonscan.New(text, clientDepth)}, nil
}

// members walks over an object as method Object does; member also gets the name
// without its quotes and escapes.
func (s *scanner) members(member func(name, quoted []byte) error) error {
	return s.Object(func(_ int, quoted []byte) error {
		name, err := plainName(quoted)
		if err != nil {
			return err
		}

		return member(name, quoted)
	})
}
