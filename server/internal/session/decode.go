package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/nearest"
	"github.com/recountdev/recount/wire"
)

// decode reads the payload of a push into a struct, and refuses keys that the
// struct does not have.
func decode(m *wire.Message, into any) error {
	text := bytes.TrimSpace(m.Payload)
	if len(text) == 0 || text[0] != '{' {
		return fault.Invalid("%s: the payload is %.40s: give an object", m.Event, text)
	}

	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()

	err := decoder.Decode(into)
	if err == nil {
		return nil
	}

	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fault.Invalid("%s: %s is a %s, not what it should be: give a %s", m.Event, wrong.Field, wrong.Value, plain(wrong.Type))
	}

	if key, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fault.Invalid("%s: the key %s is not known: %s", m.Event, key, hint(strings.Trim(key, `"`), keysOf(into)))
	}

	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.Invalid("%s: the payload ends too soon", m.Event)
	}

	return fault.Invalid("%s: %w", m.Event, err)
}

// plain returns the name of a type in the words of JSON.
func plain(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "true or false"
	case reflect.Uint64, reflect.Int:
		return "whole number that is not negative"
	default:
		return "value that fits"
	}
}

// keysOf returns the keys that a struct takes.
func keysOf(v any) []string {
	t := reflect.TypeOf(v).Elem()

	keys := make([]string, 0, t.NumField())
	for field := range t.Fields() {
		key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		keys = append(keys, key)
	}

	return keys
}

// hint says which word somebody probably meant, or which ones there are.
func hint(word string, known []string) string {
	if meant, ok := nearest.Of(word, known); ok {
		return "did you mean " + meant + "?"
	}

	return "there are " + strings.Join(known, ", ")
}
