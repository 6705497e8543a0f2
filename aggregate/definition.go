package aggregate

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/recountdev/recount/event"
)

// Definition says what the aggregates of a category are: how events change
// their state, and which commands they take. Define makes one, before the
// program starts anything; afterwards it never changes.
type Definition[S any] struct{ of kind }

// Kind is a definition, whatever its state is. Only *Definition is one.
type Kind interface {
	// Category returns the category whose streams the definition is about.
	Category() string
	// Commands returns the names of the commands, sorted.
	Commands() []string
	internals() *kind
}

// Option says one thing about a definition; see On, Upcast, Initial and Public.
type Option[S any] func(*Definition[S])

// Define says what the aggregates of a category are. A state begins as its zero
// value, unless Initial says otherwise. What is wrong with a definition is said
// by New, which takes it.
func Define[S any](category string, options ...Option[S]) *Definition[S] {
	state := reflect.TypeFor[S]()
	d := &Definition[S]{of: kind{
		category: category,
		flat:     isFlat(state),
		zero:     func() any { return new(S) },
		fresh:    func() any { return new(S) },
		assign:   func(to, from any) { *to.(*S) = *from.(*S) }, //nolint:errcheck // made by fresh
		schema:   schemaOf(state),
		decoders: make(map[string]decoder),
		folds:    make(map[reflect.Type]fold),
		upcasts:  make(map[reflect.Type]upcast),
		commands: make(map[string]*command),
	}}

	if err := (event.Limits{}).CheckStream(event.Stream(category + ":x")); err != nil || strings.Contains(category, ":") || strings.HasPrefix(category, "$") {
		d.of.wrongf("category %q is none: give a name without a colon that does not start with $", category)
	}

	for _, option := range options {
		option(d)
	}

	return d
}

// Settings are what can be said about a definition beside its events and
// commands. The zero value is ready to use.
type Settings struct {
	// KeepUnknown skips events of types that the definition does not know.
	// Defaults to false: such an aggregate cannot be loaded, because its rules
	// might miss what they need.
	KeepUnknown bool
	// RecordInput keeps the input of a command in the meta of its first event.
	// Defaults to false.
	RecordInput bool
	// SnapshotEvery is how many events are folded before a snapshot of the
	// state is made. Negative means never. Defaults to 1,000.
	SnapshotEvery int
	// SnapshotBytes is how many bytes of data are folded before a snapshot is
	// made. Defaults to 1 MiB.
	SnapshotBytes int
	// SnapshotVersion is part of the schema of the state: change it when old
	// snapshots would be wrong although the fields are the same. Defaults to 0.
	SnapshotVersion int
	// Bytes estimates the memory of a state, given a pointer to it. Defaults to
	// walking through it.
	Bytes func(state any) int
}

// With sets the settings of the definition, and returns it.
func (d *Definition[S]) With(s Settings) *Definition[S] {
	d.of.settings = s

	return d
}

// Category returns the category whose streams the definition is about.
func (d *Definition[S]) Category() string { return d.of.category }

// Commands returns the names of the commands, sorted.
func (d *Definition[S]) Commands() []string { return slices.Sorted(maps.Keys(d.of.commands)) }

func (d *Definition[S]) internals() *kind { return &d.of }

// Initial gives the state before the first event. state is called for every
// aggregate; what it returns must not be shared.
func Initial[S any](state func() S) Option[S] {
	return func(d *Definition[S]) {
		d.of.fresh = func() any { initial := state(); return &initial }
	}
}

// Public declares what everybody who may read a stream sees of its state, by
// $state and GET /v1/state. show must not keep or change the state; its result
// is encoded as JSON before the next command is decided.
func Public[S, V any](show func(S) V) Option[S] {
	return func(d *Definition[S]) {
		if d.of.show != nil {
			d.of.wrongf("Public is given twice: give one view")
		}

		d.of.show = func(state any) any { return show(*state.(*S)) } //nolint:errcheck // made by fresh
	}
}

// kind is a definition without its type parameter.
type kind struct {
	category string
	settings Settings
	flat     bool
	zero     func() any
	fresh    func() any
	assign   func(to, from any)
	schema   string
	show     func(state any) any
	decoders map[string]decoder
	folds    map[reflect.Type]fold
	upcasts  map[reflect.Type]upcast
	commands map[string]*command
	mistakes []error
}

func (k *kind) wrongf(format string, args ...any) {
	k.mistakes = append(k.mistakes, fmt.Errorf("aggregate %q: %w", k.category, fmt.Errorf(format, args...)))
}

// check returns all that is wrong with the definition.
func (k *kind) check() error {
	mistakes := slices.Clone(k.mistakes)
	for _, name := range slices.Sorted(maps.Keys(k.decoders)) {
		of := k.decoders[name].produces
		if _, err := k.foldOf(of); err != nil {
			mistakes = append(mistakes, fmt.Errorf("aggregate %q: events %q: %w", k.category, name, err))
		}
	}

	for of, f := range k.folds {
		if _, both := k.upcasts[of]; both {
			mistakes = append(mistakes, fmt.Errorf("aggregate %q: %v is taken by the On of %q and by an Upcast: give the old form a Go type of its own", k.category, of, f.name))
		}
	}

	if len(k.decoders) == 0 {
		mistakes = append(mistakes, fmt.Errorf("aggregate %q: has no events: give Define at least one On", k.category))
	}

	return errors.Join(mistakes...)
}

// isFlat reports whether assigning a value copies all of it. Strings and times
// count as flat, because nobody can change what they point at; large values do
// not, because they are copied often.
func isFlat(t reflect.Type) bool {
	const small = 1 << 10

	return t.Size() <= small && copies(t)
}

// isExact reports whether a value that was encoded as JSON and read again is the
// same, and shares nothing with the first. Text that is not UTF-8 is not, but no
// type says so.
func isExact(t reflect.Type) bool {
	if t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler) || reflect.PointerTo(t).Implements(textMarshaler) {
		return false
	}

	switch t.Kind() {
	case reflect.Array:
		return isExact(t.Elem())
	case reflect.Struct:
		for field := range t.Fields() {
			if !field.IsExported() || field.Anonymous || field.Tag.Get("json") == "-" || !isExact(field.Type) {
				return false
			}
		}

		return true
	case reflect.Complex64, reflect.Complex128:
		return false
	default:
		return copies(t)
	}
}

func copies(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return true
	case reflect.Array:
		return copies(t.Elem())
	case reflect.Struct:
		if t == timeType {
			return true
		}

		for field := range t.Fields() {
			if !copies(field.Type) {
				return false
			}
		}

		return true
	default:
		return false
	}
}
