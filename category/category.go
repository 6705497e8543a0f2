package category

import (
	"maps"
	"slices"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/nearest"
)

// Meaning is what a name means that a client pushes on a topic.
type Meaning uint8

// The meanings.
const (
	// Event is appended to the stream.
	Event Meaning = iota
	// Signal is broadcast and not stored.
	Signal
	// Command is dispatched.
	Command
)

// String returns the meaning in lower case.
func (m Meaning) String() string {
	switch m {
	case Event:
		return "event"
	case Signal:
		return "signal"
	case Command:
		return "command"
	default:
		return "unknown"
	}
}

// Category is a declaration that was checked and compiled. All methods are safe
// for concurrent use.
type Category struct {
	name     string
	events   map[string]*eventType
	signals  map[string]bool
	commands map[string]bool
	open     map[string]bool
	guards   Guards
	reject   bool
	presence bool
	liveOnly bool
	// anySignal says that signals need no declaration.
	anySignal bool
}

// eventType is an EventType with its schema compiled.
type eventType struct {
	schema   *schema // nil: any data
	throttle *Throttle
	liveOnly bool
}

// newCategory compiles a declaration, and says all that is wrong with it.
func newCategory(name string, d *Declaration) (*Category, DeclarationErrors) {
	wrong := checkNames(name, d)
	c := &Category{
		name:     name,
		events:   make(map[string]*eventType, len(d.Events)),
		signals:  set(d.Signals),
		commands: set(d.Commands),
		open:     set(d.Open),
		guards:   d.Guards.withDefaults(),
		reject:   d.Unknown == Reject,
		presence: d.Presence,
	}

	for _, typ := range slices.Sorted(maps.Keys(d.Events)) {
		declared := d.Events[typ]
		compiled, err := newEventType(&declared)
		if err != nil {
			wrong = append(wrong, &DeclarationError{Category: name, Part: PartEvents, Name: typ, Problem: err.Error()})

			continue
		}

		c.events[typ] = compiled
		c.liveOnly = c.liveOnly || compiled.liveOnly
	}

	return c, wrong
}

func newEventType(declared *EventType) (*eventType, error) {
	throttle, err := declared.Throttle.checked()
	if err != nil {
		return nil, err
	}

	compiled := &eventType{throttle: throttle, liveOnly: declared.LiveOnly}
	if declared.Schema == nil {
		return compiled, nil
	}

	compiled.schema, err = compile(declared.SchemaPath, declared.Schema)

	return compiled, err
}

// Name returns the name of the category.
func (c *Category) Name() string { return c.name }

// Means returns what a name means that a client pushes: what is declared neither
// as a command nor as a signal is the type of an event.
func (c *Category) Means(name string) Meaning {
	switch {
	case c.commands[name]:
		return Command
	case c.signals[name]:
		return Signal
	default:
		return Event
	}
}

// Presence reports whether who is on a topic is shown to the others.
func (c *Category) Presence() bool { return c.presence }

// LiveOnly reports whether events of a type are no part of the history that a
// newcomer gets.
func (c *Category) LiveOnly(typ string) bool {
	declared := c.events[typ]

	return declared != nil && declared.liveOnly
}

// HasLiveOnly reports whether any type is live-only.
func (c *Category) HasLiveOnly() bool { return c.liveOnly }

// Throttle returns which repeats of a type count as one, or nil. Nobody may
// change it.
func (c *Category) Throttle(typ string) *Throttle {
	if declared := c.events[typ]; declared != nil {
		return declared.throttle
	}

	return nil
}

// CheckSignal says with fault.CodeInvalid that a signal is not declared.
func (c *Category) CheckSignal(typ string) error {
	if c.anySignal && typ != "" || c.signals[typ] {
		return nil
	}

	return fault.Invalid("signal %s is not declared in category %s%s", shown(typ), c.name, didYouMean(typ, maps.Keys(c.signals)))
}

// set returns words as a set.
func set(words []string) map[string]bool {
	in := make(map[string]bool, len(words))
	for _, word := range words {
		in[word] = true
	}

	return in
}

// didYouMean asks for the nearest of the words that would be right, if one is
// near; else it says nothing.
func didYouMean(word string, right func(func(string) bool)) string {
	if len(word) > maxShown {
		return ""
	}

	if near, ok := nearest.Of(word, slices.Sorted(right)); ok {
		return ": did you mean \"" + near + "\"?"
	}

	return ""
}
