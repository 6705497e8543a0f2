package wire

import (
	"fmt"
	"strings"
	"time"

	"github.com/recountdev/recount/event"
)

// reader takes values apart and keeps the first error.
type reader struct{ err error }

// fail keeps the first error.
func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// required returns the text of an attribute that must be there.
func (r *reader) required(name string, value []byte) string {
	if value == nil {
		r.fail(invalid(name, "is missing: a CloudEvent has at least specversion, id, source and type"))
	}

	text := r.text(name, value)
	if value != nil && text == "" {
		r.fail(invalid(name, "is empty: give it a value"))
	}

	return text
}

// text returns the text of an attribute; "" if the line has none.
func (r *reader) text(name string, value []byte) string {
	if value == nil {
		return ""
	}

	if !isString(value) {
		r.fail(invalid(name, "is %.40s, not a string: put it into quotes", value))

		return ""
	}

	text, ok := unquote(value)
	if !ok {
		r.fail(halfCharacter(name))
	}

	return text
}

// time returns the time of an attribute; the zero time if the line has none.
func (r *reader) time(name string, value []byte) time.Time {
	text := r.text(name, value)
	if text == "" {
		return time.Time{}
	}

	t, err := time.Parse(time.RFC3339, strings.ToUpper(text))
	if err != nil {
		r.fail(invalid(name, "%.40q is not a time: write it as RFC 3339, such as 2026-11-21T10:00:00.000Z", text))
	}

	return t.UTC().Truncate(time.Millisecond)
}

func invalid(field, format string, args ...any) error {
	return &event.Error{Field: field, Problem: fmt.Sprintf(format, args...)}
}

func tooLarge(field, format string, args ...any) error {
	return &event.Error{Field: field, Problem: fmt.Sprintf(format, args...), TooLarge: true}
}

func halfCharacter(field string) error {
	return invalid(field, "has half a character (a lone surrogate): write all of it or leave it out")
}
