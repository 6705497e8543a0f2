// Package weigh estimates how much memory a value takes.
package weigh

import "reflect"

// most is how many values a walk looks at; the rest is taken to be like those.
const most = 10_000

// Of returns the bytes of a value and of all that it points at, as far as it
// knows them, and how many values it has looked at. Of a large slice or map it
// looks at the first elements, and counts the others as if they were like them.
func Of(value any) (size int64, steps int) {
	w := walk{seen: make(map[uintptr]bool)}
	of := reflect.ValueOf(value)

	return w.within(of) + int64(of.Type().Size()), w.steps
}

type walk struct {
	steps int
	seen  map[uintptr]bool
}

// within returns the bytes that a value points at.
func (w *walk) within(v reflect.Value) int64 {
	if w.steps++; w.steps > most {
		return 0
	}

	switch v.Kind() {
	case reflect.String:
		return int64(v.Len())
	case reflect.Interface:
		if v.IsNil() {
			return 0
		}

		return w.within(v.Elem()) + int64(v.Elem().Type().Size())
	case reflect.Pointer:
		if v.IsNil() || w.known(v.Pointer()) {
			return 0
		}

		return w.within(v.Elem()) + int64(v.Elem().Type().Size())
	case reflect.Slice:
		if v.IsNil() || w.known(v.Pointer()) {
			return 0
		}

		return int64(v.Cap())*int64(v.Type().Elem().Size()) + w.elements(v)
	case reflect.Array:
		return w.elements(v)
	case reflect.Struct:
		var sum int64
		for _, field := range v.Fields() {
			sum += w.within(field)
		}

		return sum
	case reflect.Map:
		return w.entries(v)
	default:
		return 0
	}
}

// known remembers an address, so that nothing is counted twice.
func (w *walk) known(address uintptr) bool {
	if w.seen[address] {
		return true
	}

	w.seen[address] = true

	return false
}

// enough is how many elements stand for all.
const enough = 128

func (w *walk) elements(v reflect.Value) int64 {
	if plain(v.Type().Elem().Kind()) {
		return 0
	}

	var (
		sum int64
		n   int
	)

	for ; n < min(v.Len(), enough) && w.steps < most; n++ {
		sum += w.within(v.Index(n))
	}

	return scaled(sum, n, v.Len())
}

// perEntry is about what a map keeps beside the key and the value.
const perEntry = 8

func (w *walk) entries(v reflect.Value) int64 {
	if v.IsNil() || w.known(v.Pointer()) {
		return 0
	}

	var (
		sum  int64
		n    int
		each = int64(v.Type().Key().Size()) + int64(v.Type().Elem().Size()) + perEntry
	)

	for entries := v.MapRange(); n < enough && w.steps < most && entries.Next(); n++ {
		sum += w.within(entries.Key()) + w.within(entries.Value())
	}

	return int64(v.Len())*each + scaled(sum, n, v.Len())
}

// scaled is what all weigh if n of them weigh sum.
func scaled(sum int64, n, all int) int64 {
	if n == 0 {
		return 0
	}

	return sum * int64(all) / int64(n)
}

// plain reports whether values of a kind point at nothing.
func plain(k reflect.Kind) bool { return k <= reflect.Complex128 && k != reflect.Invalid }
