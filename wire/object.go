package wire

import "github.com/recountdev/recount/fault"

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
	case s.peek() != '{':
		if err = s.whole(); err == nil {
			return f.wrong("is JSON, but not an object")
		}
	default:
		err = s.members(func(name, quoted []byte) error { return member(&s, name, quoted) })
		if err == nil {
			err = s.end()
		}
	}

	if problem, bad := badText(text, err); bad {
		return f.wrong(problem)
	}

	return err
}

// members walks over an object as method object does; member also gets the name
// without its quotes and escapes.
func (s *scanner) members(member func(name, quoted []byte) error) error {
	return s.object(func(quoted []byte) error {
		name, err := plainName(quoted)
		if err != nil {
			return err
		}

		return member(name, quoted)
	})
}
