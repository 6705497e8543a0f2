package aggregate

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/nearest"
)

var timeType = reflect.TypeFor[time.Time]()

// fold is how an event of a Go type changes a state.
type fold struct {
	// name is the type under which the event is recorded.
	name  string
	apply func(state, e any)
	// again returns what is read of the event when it was recorded; nil where
	// that is always the same.
	again func(e any) (any, error)
}

// upcast makes a newer event out of an older one.
type upcast struct {
	produces reflect.Type
	convert  func(old any) any
}

// decoder reads the data of events of one recorded type.
type decoder struct {
	produces reflect.Type
	upcast   bool
	decode   func(data []byte) (any, error)
}

// On says how events of a type change the state. Their data is the JSON of E;
// fields that E does not have are left out. fold must depend on nothing but its
// arguments: no clock, no random numbers, no other state.
func On[S, E any](name string, apply func(state *S, e E)) Option[S] {
	return func(d *Definition[S]) {
		k, of := &d.of, reflect.TypeFor[E]()

		if taken, twice := k.folds[of]; twice {
			k.wrongf("%v stands for the events %q and %q: give each type of event a Go type of its own", of, taken.name, name)
		}

		k.declare(name, decoder{produces: of, decode: decodeAs[E]})
		f := fold{name: name, apply: func(state, e any) { apply(state.(*S), e.(E)) }} //nolint:errcheck // by the key of the map
		if !isExact(of) {
			f.again = again[E]
		}

		k.folds[of] = f
	}
}

// again encodes an event and reads it, so that a state in memory is the same as
// one that is folded from the log, and shares nothing with who emitted it.
func again[E any](e any) (any, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}

	return decodeAs[E](data)
}

// Upcast says how events that were recorded in an older form are read: their data
// is the JSON of Old, which becomes a New. New is a Go type that On or another
// Upcast takes, so old forms can be chained. The name may be an old one, or that
// which On has: then all events of the type are read as Old, for example as
// json.RawMessage, and convert finds out which form it is. The log keeps what it
// has.
func Upcast[S, Old, New any](name string, convert func(Old) New) func(*Definition[S]) {
	return func(d *Definition[S]) {
		k, of := &d.of, reflect.TypeFor[Old]()
		if k.decoders[name].upcast {
			k.wrongf("events %q have two upcasts: give one", name)
		}

		delete(k.decoders, name)
		if of == reflect.TypeFor[New]() { // only the name is another one
			k.declare(name, decoder{produces: of, upcast: true, decode: func(data []byte) (any, error) {
				old, err := decodeAs[Old](data)
				if err != nil {
					return nil, err
				}

				return convert(old.(Old)), nil //nolint:errcheck // by decodeAs
			}})

			return
		}

		if _, twice := k.upcasts[of]; twice {
			k.wrongf("%v has two upcasts: give each old form a Go type of its own", of)
		}

		k.declare(name, decoder{produces: of, upcast: true, decode: decodeAs[Old]})
		k.upcasts[of] = upcast{reflect.TypeFor[New](), func(old any) any { return convert(old.(Old)) }} //nolint:errcheck // by the key of the map
	}
}

// declare keeps how a recorded type is read.
func (k *kind) declare(name string, of decoder) {
	if err := (event.Limits{}).CheckDraft(&event.Draft{Type: name}); err != nil {
		k.wrongf("events %q: %w", name, err)
	}

	if strings.HasPrefix(name, "$") {
		k.wrongf("events %q: names that start with $ are the system's own", name)
	}

	if of.produces.Kind() == reflect.Interface {
		k.wrongf("events %q: %v is an interface: give the type itself", name, of.produces)
	}

	if _, twice := k.decoders[name]; twice {
		k.wrongf("events %q are declared twice: an Upcast of the same name comes after its On", name)
	}

	k.decoders[name] = of
}

func decodeAs[E any](data []byte) (any, error) {
	var e E
	if len(data) == 0 {
		return e, nil
	}

	err := json.Unmarshal(data, &e)

	return e, err
}

// foldOf returns the fold that an event of a Go type ends in, after all upcasts.
func (k *kind) foldOf(of reflect.Type) (fold, error) {
	first := of
	for range len(k.upcasts) + 1 {
		if f, ok := k.folds[of]; ok {
			return f, nil
		}

		up, ok := k.upcasts[of]
		if !ok {
			return fold{}, fmt.Errorf("nothing takes %v: give an On or an Upcast for it", of)
		}

		of = up.produces
	}

	return fold{}, fmt.Errorf("the upcasts of %v go round in a circle", first)
}

// evolve changes a state by an event that was recorded.
func (k *kind) evolve(state any, e *event.Event) (err error) {
	d, known := k.decoders[e.Type]
	if !known {
		if k.settings.KeepUnknown || strings.HasPrefix(e.Type, "$") {
			return nil
		}

		return fault.Internal("stream %s: version %d is of type %q, which aggregate %q does not know%s: declare it by On, or set KeepUnknown", e.Stream, e.Version, e.Type, k.category, k.near(e.Type))
	}

	defer func() {
		if p := recover(); p != nil {
			err = fault.Internal("stream %s: folding version %d, %s: panic: %v", e.Stream, e.Version, e.Type, p)
		}
	}()

	value, err := d.decode(e.Data)
	if err != nil {
		return fault.Internal("stream %s: version %d, %s, is not as %v: %w: read its old form by an Upcast", e.Stream, e.Version, e.Type, d.produces, err)
	}

	of := d.produces
	for {
		up, old := k.upcasts[of]
		if !old {
			break
		}

		value, of = up.convert(value), up.produces
	}

	k.folds[of].apply(state, value)

	return nil
}

// near asks for the type that was probably meant.
func (k *kind) near(name string) string {
	return didYouMean(name, k.decoders)
}

func didYouMean[V any](word string, among map[string]V) string {
	names := make([]string, 0, len(among))
	for name := range among {
		names = append(names, name)
	}

	if right, ok := nearest.Of(word, names); ok {
		return " (did you mean " + right + "?)"
	}

	return ""
}
