// Package object reads the JSON objects that clients send, and tells them which
// word they probably meant.
package object

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/nearest"
)

// Decode reads an object into a struct, and refuses keys that the struct does not
// have. The text must be valid JSON. What says in errors which object it is.
func Decode(what string, text []byte, into any) error {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || text[0] != '{' {
		return fault.Invalid("%s: there is %.40s: give an object", what, text)
	}

	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()

	err := decoder.Decode(into)
	if err == nil {
		return nil
	}

	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fault.Invalid("%s: %s is a %s, not what it should be: give a %s", what, wrong.Field, wrong.Value, plain(wrong.Type))
	}

	if key, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fault.Invalid("%s: the key %s is not known: %s", what, key, Hint(strings.Trim(key, `"`), keysOf(into)))
	}

	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.Invalid("%s: it ends too soon", what)
	}

	return fault.Invalid("%s: %w", what, err)
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

// Hint says which word somebody probably meant, or which ones there are.
func Hint(word string, known []string) string {
	if meant, ok := nearest.Of(word, known); ok {
		return "did you mean " + meant + "?"
	}

	return "there are " + strings.Join(known, ", ")
}
