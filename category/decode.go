package category

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	// maxDepth is how deep values may be nested. A schema that refers to itself
	// takes time with the square of the depth.
	maxDepth = 64

	// Numbers are compared as exact fractions. What would need very many digits
	// for that is refused: a few bytes, such as 1e999999, keep a processor busy
	// for long.
	maxDigits   = 400
	maxExponent = 400 // the greatest number of most programs is about 1.8e308
)

// decode returns a JSON text as encoding/json does, with numbers as they stand
// there, in a third of its time: every event that has a schema is decoded.
func decode(text []byte) (any, error) {
	d := decoder{text: string(text)}

	d.space()
	value, ok := d.value(0)
	if ok {
		d.space()
	}

	switch {
	case d.long != "":
		return nil, fmt.Errorf("the number %s is too long to be checked: give at most %d digits, and an exponent of at most %d", shown(d.long), maxDigits, maxExponent)
	case d.deep:
		return nil, fmt.Errorf("it is nested deeper than %d levels, which is too deep to be checked: make it flatter", maxDepth)
	case !ok || d.at < len(d.text):
		return nil, syntaxError(text)
	case !utf8.ValidString(d.text):
		return nil, errors.New("it is not UTF-8, as JSON has to be: encode it as UTF-8")
	default:
		return value, nil
	}
}

// syntaxError says where JSON text goes wrong.
func syntaxError(text []byte) error {
	if len(text) == 0 {
		return errors.New("it is empty: give JSON")
	}

	var value any
	err := json.Unmarshal(text, &value)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("it is not JSON at byte %d: %w", syntax.Offset, err)
	}

	return errors.New("it is not JSON")
}

// decoder walks over JSON text (RFC 8259). Its methods return the value that
// stands at its place, and whether there is one, and move behind it.
type decoder struct {
	text string
	at   int
	long string // a number that is too long to be checked
	deep bool   // a value is nested too deep
}

// peek returns the byte at the decoder's place, 0 at the end.
func (d *decoder) peek() byte {
	if d.at < len(d.text) {
		return d.text[d.at]
	}

	return 0
}

func (d *decoder) space() {
	for d.at < len(d.text) {
		switch d.text[d.at] {
		case ' ', '\t', '\r', '\n':
			d.at++
		default:
			return
		}
	}
}

// value decodes a value inside so many others.
func (d *decoder) value(depth int) (any, bool) {
	switch d.peek() {
	case '"':
		return d.string()
	case '{':
		return d.object(depth + 1)
	case '[':
		return d.array(depth + 1)
	case 't':
		return true, d.word("true")
	case 'f':
		return false, d.word("false")
	case 'n':
		return nil, d.word("null")
	default:
		return d.number()
	}
}

func (d *decoder) object(depth int) (any, bool) {
	members := map[string]any{}
	ok := d.list(depth, '}', func() bool {
		if d.peek() != '"' {
			return false
		}

		name, ok := d.string()
		if !ok {
			return false
		}

		d.space()
		if d.peek() != ':' {
			return false
		}

		d.at++
		d.space()

		members[name], ok = d.value(depth)

		return ok
	})

	return members, ok
}

func (d *decoder) array(depth int) (any, bool) {
	items := []any{}
	ok := d.list(depth, ']', func() bool {
		item, ok := d.value(depth)
		items = append(items, item)

		return ok
	})

	return items, ok
}

// list goes through an object or an array, from its first byte to its last.
func (d *decoder) list(depth int, last byte, item func() bool) bool {
	if depth > maxDepth {
		d.deep = true

		return false
	}

	d.at++
	d.space()
	if d.peek() == last {
		d.at++

		return true
	}

	for item() {
		d.space()
		switch d.peek() {
		case ',':
			d.at++
			d.space()
		case last:
			d.at++

			return true
		default:
			return false
		}
	}

	return false
}

func (d *decoder) word(word string) bool {
	if !strings.HasPrefix(d.text[d.at:], word) {
		return false
	}

	d.at += len(word)

	return true
}

// string decodes a string, from quote to quote. One without an escape shares
// the memory of the text.
func (d *decoder) string() (string, bool) {
	from, plain := d.at, true
	for d.at++; d.at < len(d.text); d.at++ {
		switch c := d.text[d.at]; {
		case c == '"':
			d.at++
			if plain {
				return d.text[from+1 : d.at-1], true
			}

			var unescaped string
			err := json.Unmarshal([]byte(d.text[from:d.at]), &unescaped)

			return unescaped, err == nil
		case c == '\\':
			plain = false
			d.at++
		case c < ' ':
			return "", false
		}
	}

	return "", false
}

// number decodes a number.
func (d *decoder) number() (any, bool) {
	from := d.at
	if d.peek() == '-' {
		d.at++
	}

	if d.peek() == '0' {
		d.at++
	} else if d.digits() == 0 {
		return nil, false
	}

	if d.peek() == '.' {
		d.at++
		if d.digits() == 0 {
			return nil, false
		}
	}

	exponent := 0
	if d.peek()|0x20 == 'e' {
		d.at++
		if c := d.peek(); c == '+' || c == '-' {
			d.at++
		}

		begins := d.at
		if d.digits() == 0 {
			return nil, false
		}

		exponent = exponentOf(d.text[begins:d.at])
	}

	if d.at-from > maxDigits || exponent > maxExponent {
		d.long = d.text[from:d.at]

		return nil, false
	}

	return json.Number(d.text[from:d.at]), true
}

// digits moves over digits, and returns how many there were.
func (d *decoder) digits() int {
	from := d.at
	for d.at < len(d.text) && '0' <= d.text[d.at] && d.text[d.at] <= '9' {
		d.at++
	}

	return d.at - from
}

// exponentOf returns the number that digits are, or one that is too large.
func exponentOf(digits string) int {
	exponent := 0
	for i := 0; i < len(digits) && exponent <= maxExponent; i++ {
		exponent = exponent*10 + int(digits[i]-'0')
	}

	return exponent
}
