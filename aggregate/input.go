package aggregate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// decodeInput reads an input strictly: what a command does not know, it cannot
// have been meant to do. Keys are those of the fields to the letter, and none
// stands twice, so that nobody who reads the same text, such as a guard, reads
// something else.
func decodeInput[C any](data []byte) (any, error) {
	var input C
	if len(bytes.TrimSpace(data)) == 0 {
		return input, nil
	}

	var whole json.RawMessage // first, because it bounds how deep a text goes
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, err
	}

	reader := exact{json.NewDecoder(bytes.NewReader(data))}
	if err := reader.value(reflect.TypeFor[C]()); err != nil {
		return nil, err
	}

	err := json.Unmarshal(data, &input)

	return input, err
}

// exact walks through a JSON text beside the type that it is for.
type exact struct{ *json.Decoder }

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// value reads a value for a type; nil is any.
func (x exact) value(t reflect.Type) error {
	token, err := x.Token()
	if err != nil {
		return err
	}

	delimiter, nested := token.(json.Delim)
	if !nested {
		return nil
	}

	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}

	if t != nil && reflect.PointerTo(t).Implements(unmarshaler) {
		t = nil // it reads its own form
	}

	if delimiter == '{' {
		err = x.members(t)
	} else {
		err = x.elements(t)
	}

	if err != nil {
		return err
	}

	_, err = x.Token() // the end

	return err
}

func (x exact) elements(t reflect.Type) error {
	if t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) {
		t = t.Elem()
	} else {
		t = nil
	}

	for x.More() {
		if err := x.value(t); err != nil {
			return err
		}
	}

	return nil
}

func (x exact) members(t reflect.Type) error {
	seen := make(map[string]bool)
	fields := fieldsOf(t)

	for x.More() {
		token, err := x.Token()
		if err != nil {
			return err
		}

		key, _ := token.(string)
		if seen[key] {
			return fmt.Errorf("the key %.100q stands twice: give it once", key)
		}

		seen[key] = true
		of, known := fields[key]

		switch {
		case fields != nil && !known:
			return fmt.Errorf("the key %.100q is not known%s", key, didYouMean(key, fields))
		case t != nil && t.Kind() == reflect.Map:
			of = t.Elem()
		}

		if err := x.value(of); err != nil {
			return err
		}
	}

	return nil
}

// fieldsOf returns the types of a struct's fields by their keys; nil for any
// other type.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}

	fields := make(map[string]reflect.Type)
	for _, field := range reflect.VisibleFields(t) {
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		embedded := field.Anonymous && tag == ""
		if tag == "-" || embedded || !field.IsExported() {
			continue
		}

		if tag == "" {
			tag = field.Name
		}

		fields[tag] = field.Type
	}

	return fields
}
