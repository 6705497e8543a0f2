package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/recountdev/recount/internal/jsonscan"
)

// Error says where a text is not what this package takes.
type Error struct {
	// Offset is the place in bytes, from 0.
	Offset int
	// Problem is what is wrong there.
	Problem string
}

// Error returns place and problem.
func (e *Error) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset+1, e.Problem) }

// Decode returns the value of a JSON text: nil, bool, string, int64, float64,
// []any or map[string]any. A number without fraction and exponent that fits is
// an int64, any other a float64. The error is an *Error.
func Decode(text []byte) (any, error) {
	var value any

	err := read(text, func(s *scanner) (err error) {
		value, err = s.decode()

		return err
	})
	if err != nil {
		return nil, err
	}

	return value, nil
}

// Member returns where in an object the value stands that it has under a name:
// text[from:to], or 0, 0 if there is none. It reads the whole text, and refuses
// what is not JSON anywhere in it and an object that has the name twice; names
// that stand twice elsewhere in it do not matter. A value that is not an object
// has no members. The error is an *Error.
func Member(text []byte, name string) (from, to int, err error) {
	err = read(text, func(s *scanner) error {
		if s.Peek() != '{' {
			_, err := s.Value()

			return err
		}

		return s.Object(func(at int, quoted []byte) error {
			is := plain(quoted) == name
			if is && to > 0 {
				return twice(at, name)
			}

			start := s.Place()

			_, err := s.Value()
			if is {
				from, to = start, s.Place()
			}

			return err
		})
	})
	if err != nil {
		return 0, 0, err
	}

	return from, to, nil
}

// scanner reads the values of a text.
type scanner struct{ jsonscan.Scanner }

// read lets a function walk over the one value of a text, and says what is wrong
// with the text if it fails.
func read(text []byte, walk func(s *scanner) error) error {
	if valid := jsonscan.ValidPrefix(text); valid < len(text) {
		return &Error{Offset: valid, Problem: "this is not UTF-8"}
	}

	s := scanner{jsonscan.New(text, jsonscan.MaxDepth)}

	err := walk(&s)
	if err == nil {
		err = s.End()
	}

	switch {
	case errors.Is(err, jsonscan.ErrDepth):
		return &Error{Offset: s.Place(), Problem: fmt.Sprintf("values are nested deeper than %d: flatten them", jsonscan.MaxDepth)}
	case errors.Is(err, jsonscan.ErrSyntax):
		syntax := jsonscan.Explain(text)

		return &Error{Offset: max(int(syntax.Offset), 1) - 1, Problem: syntax.Error()}
	default:
		return err
	}
}

// twice says that a name stands in its object for the second time.
func twice(at int, name string) error {
	return &Error{Offset: at, Problem: fmt.Sprintf("%.64q stands here again: give it once", name)}
}

// decode walks over a value, and returns it.
func (s *scanner) decode() (any, error) {
	switch s.Peek() {
	case '{':
		return s.object()
	case '[':
		return s.array()
	}

	start := s.Place()

	text, err := s.Value()
	if err != nil {
		return nil, err
	}

	switch text[0] {
	case '"':
		return plain(text), nil
	case 't', 'f':
		return text[0] == 't', nil
	case 'n':
		return nil, nil //nolint:nilnil // null is a value
	default:
		return number(text, start)
	}
}

func (s *scanner) object() (any, error) {
	members := make(map[string]any)
	err := s.Object(func(at int, quoted []byte) error {
		name := plain(quoted)
		if _, again := members[name]; again {
			return twice(at, name)
		}

		value, err := s.decode()
		members[name] = value

		return err
	})

	return members, err
}

func (s *scanner) array() (any, error) {
	items := []any{}
	err := s.Array(func() error {
		item, err := s.decode()
		items = append(items, item)

		return err
	})

	return items, err
}

func number(digits []byte, place int) (any, error) {
	if !bytes.ContainsAny(digits, ".eE") {
		if i, err := strconv.ParseInt(string(digits), 10, 64); err == nil {
			return i, nil
		}
	}

	f, err := strconv.ParseFloat(string(digits), 64)
	if err != nil {
		return nil, &Error{Offset: place, Problem: "this number is too large: stay below 1.8e308"}
	}

	return f, nil
}

// plain returns what a string between quotes means. Half of a surrogate pair
// becomes U+FFFD.
func plain(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}

	var text string

	_ = json.Unmarshal(quoted, &text) // the scanner has found it to be valid

	return text
}
