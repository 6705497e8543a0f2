package aggregatetest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"
	"unsafe"
)

// difference returns where two values of a type differ first, and what stands
// there; "" if they are the same. Empty maps and slices are the same as none,
// and times are the same if they are the same instant.
func difference[T any](one, other T) (at, first, second string) {
	a, b := reflect.ValueOf(&one).Elem(), reflect.ValueOf(&other).Elem()
	name := "the value"
	if a.Kind() == reflect.Struct || a.Kind() == reflect.Interface && a.Elem().Kind() == reflect.Struct {
		name = "" // its fields are named
	}

	d := &differ{seen: make(map[[2]uintptr]bool)}
	if d.same(name, a, b) {
		return "", "", ""
	}

	return d.at, d.first, d.second
}

// differ compares values.
type differ struct {
	at, first, second string
	seen              map[[2]uintptr]bool // pointers that are being compared
}

func (d *differ) differ(at string, a, b reflect.Value) bool {
	d.at, d.first, d.second = at, shown(a), shown(b)

	return false
}

var timeType = reflect.TypeFor[time.Time]()

// same reports whether two addressable values of a type are the same.
func (d *differ) same(at string, a, b reflect.Value) bool {
	if a.Type() == timeType {
		one, _ := reflect.TypeAssert[time.Time](a)
		other, _ := reflect.TypeAssert[time.Time](b)

		return one.Equal(other) || d.differ(at, a, b)
	}

	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			if !d.same(join(at, a.Type().Field(i).Name), open(a.Field(i)), open(b.Field(i))) {
				return false
			}
		}

		return true
	case reflect.Pointer:
		pair := [2]uintptr{a.Pointer(), b.Pointer()}
		if a.IsNil() || b.IsNil() || d.seen[pair] {
			return a.IsNil() == b.IsNil() || d.differ(at, a, b)
		}

		d.seen[pair] = true

		return d.same(at, a.Elem(), b.Elem())
	case reflect.Interface:
		if a.IsNil() || b.IsNil() || a.Elem().Type() != b.Elem().Type() {
			return a.IsNil() && b.IsNil() || d.differ(at, a, b)
		}

		return d.same(at, addressable(a.Elem()), addressable(b.Elem()))
	case reflect.Slice, reflect.Array:
		if a.Len() != b.Len() {
			return d.differ(at, a, b)
		}

		for i := range a.Len() {
			if !d.same(fmt.Sprintf("%s[%d]", at, i), a.Index(i), b.Index(i)) {
				return false
			}
		}

		return true
	case reflect.Map:
		return d.sameMap(at, a, b)
	case reflect.Func:
		return true // nobody can say
	default:
		return a.Equal(b) || isNaN(a) && isNaN(b) || d.differ(at, a, b)
	}
}

func (d *differ) sameMap(at string, a, b reflect.Value) bool {
	if a.Len() != b.Len() {
		return d.differ(at, a, b)
	}

	for keys := a.MapRange(); keys.Next(); {
		within := fmt.Sprintf("%s[%v]", at, keys.Key())

		other := b.MapIndex(keys.Key())
		if !other.IsValid() {
			return d.differ(at, a, b)
		}

		if !d.same(within, addressable(keys.Value()), addressable(other)) {
			return false
		}
	}

	return true
}

func isNaN(v reflect.Value) bool { return v.CanFloat() && v.Float() != v.Float() }

func join(at, field string) string {
	if at == "" {
		return field
	}

	return at + "." + field
}

// open returns a field that can be read even if it is not exported.
func open(field reflect.Value) reflect.Value {
	return reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem() // read only
}

func addressable(v reflect.Value) reflect.Value {
	copied := reflect.New(v.Type()).Elem()
	copied.Set(v)

	return copied
}

// shown returns a value as JSON, else as Go writes it.
func shown(v reflect.Value) string {
	const most = 1000

	text, err := json.Marshal(v.Interface())
	if err != nil || v.Kind() == reflect.Struct {
		return fmt.Sprintf("%.*s", most, fmt.Sprintf("%+v", v.Interface()))
	}

	if v.Kind() == reflect.Interface && !v.IsNil() {
		return fmt.Sprintf("%.*s (%v)", most, text, v.Elem().Type())
	}

	return fmt.Sprintf("%.*s", most, text)
}
