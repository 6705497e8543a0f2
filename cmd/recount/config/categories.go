package config

import (
	"slices"
	"strings"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
)

// declared is where the parts of a category stand.
type declared struct {
	at     place
	parts  map[string]place            // events, signals …
	names  map[string]map[string]place // events -> card_added
	schema map[string]place            // by type
}

// placeOf returns the place that a mistake is about.
func (d *declared) placeOf(m *category.DeclarationError) place {
	if at, ok := d.schema[m.Name]; ok && m.Part == category.PartEvents && strings.HasPrefix(m.Problem, "schema") {
		return at
	}

	if at, ok := d.names[m.Part][m.Name]; ok {
		return at
	}

	if at, ok := d.parts[m.Part]; ok {
		return at
	}

	return d.at
}

// categories reads the categories.
func (l *loader) categories(_, value *node) {
	l.config.Categories = map[string]category.Declaration{}
	l.named(value, "categories", "a category", func(key, value *node) {
		l.category(key, value)
	})
}

// named reads a mapping whose keys are names of the application.
func (l *loader) named(n *node, what, each string, read field) {
	switch n.kind {
	case mapping:
	case nothing, unreadable:
		return
	default:
		l.problemf(n.at, "%s takes %s each as a key, not %s: write its name and a colon", what, each, n.kind)

		return
	}

	for _, e := range n.entries {
		read(e.key, e.value)
	}
}

// category reads one category.
func (l *loader) category(key, value *node) {
	d := category.Declaration{}
	at := &declared{at: key.at, parts: map[string]place{}, names: map[string]map[string]place{}, schema: map[string]place{}}
	l.declared[key.text] = at

	what := "category " + shown(key.text)
	part := func(read func(value *node)) field {
		return func(key, value *node) {
			at.parts[key.text] = key.at
			read(value)
		}
	}

	l.fields(value, what, map[string]field{
		category.PartEvents: part(func(value *node) { d.Events = l.events(value, at) }),
		category.PartSignals: part(func(value *node) {
			at.names[category.PartSignals] = map[string]place{}
			d.Signals = l.words(value, "signals", func(word string, place place) {
				at.names[category.PartSignals][word] = place
			})
		}),
		category.PartPresence: part(func(value *node) { d.Presence = l.bool(value, "presence") }),
		category.PartUnknown: part(func(value *node) {
			if value := l.value(value, "unknown_events", oneOf("accept", "reject")); value == "reject" {
				d.Unknown = category.Reject
			}
		}),
		"guards": part(func(value *node) { l.guards(value, &d.Guards) }),
	})

	l.config.Categories[key.text] = d
}

// events reads the types of events of a category.
func (l *loader) events(n *node, at *declared) map[string]category.EventType {
	types := map[string]category.EventType{}
	places := map[string]place{}
	at.names[category.PartEvents] = places

	l.named(n, "events", "a type", func(key, value *node) {
		var t category.EventType
		places[key.text] = key.at

		l.fields(value, "event "+shown(key.text), map[string]field{
			"schema": func(_, value *node) {
				at.schema[key.text] = value.at
				t.SchemaPath, t.Schema = l.schema(value)
			},
			"throttle": func(key, value *node) { t.Throttle = l.throttle(key, value) },
			"replay":   func(_, value *node) { t.LiveOnly = l.value(value, "replay", asReplay) == replayNo },
		})

		types[key.text] = t
	})

	return types
}

// What replay may be.
const (
	replayYes = "true"
	replayNo  = "false"
)

func asReplay(text string) (string, error) {
	replay, err := asBool(text)
	if err != nil {
		return "", err
	}

	if replay {
		return replayYes, nil
	}

	return replayNo, nil
}

// schema reads the schema in a file.
func (l *loader) schema(n *node) (path string, schema []byte) {
	path = l.value(n, "schema", asText)
	if path == "" {
		return "", nil
	}

	data, err := readFile(pathFrom(path, l.dir), maxSchema)
	if err != nil {
		l.problemf(n.at, "the schema %s cannot be read: %v: name a file with a JSON Schema, relative to %s", shown(path), err, l.file)

		return path, nil
	}

	if data == nil {
		data = []byte{}
	}

	return path, data
}

// throttle reads which repeats of an event count as one.
func (l *loader) throttle(key, n *node) *category.Throttle {
	t := &category.Throttle{}
	l.fields(n, "throttle", map[string]field{
		"within": func(_, value *node) {
			t.Within = valueOf(l, value, "within", asDuration(time.Millisecond, 365*24*time.Hour))
		},
		"by": func(_, value *node) {
			parse := oneOf("actor", "subject")
			for _, word := range l.placed(value, "by") {
				if by, err := parse(word.text); err != nil {
					l.problemf(word.at, "by: %v", err)
				} else if slices.Contains(t.By, by) {
					l.problemf(word.at, "by: %s stands there twice: take one out", shown(by))
				} else {
					t.By = append(t.By, by)
				}
			}
		},
		"window": func(_, value *node) { t.Sliding = l.value(value, "window", oneOf("sliding", "fixed")) == "sliding" },
	})

	if n.kind == nothing || n.kind == mapping && !n.has("within") {
		l.problemf(key.at, "throttle needs within: say how long, as in { within: 15m }")
	}

	if t.Within == 0 {
		return nil // a problem already
	}

	return t
}

// has reports whether a mapping has a key.
func (n *node) has(key string) bool {
	return slices.ContainsFunc(n.entries, func(e entry) bool { return e.key.text == key })
}

// guards reads who may do what.
func (l *loader) guards(n *node, to *category.Guards) {
	fields := map[string]field{}
	for operation, guard := range map[auth.Operation]*auth.Guard{
		auth.Join: &to.Join, auth.Append: &to.Append, auth.Signal: &to.Signal, auth.Read: &to.Read, auth.Watch: &to.Watch,
		auth.Dispatch: &to.Dispatch,
	} {
		fields[string(operation)] = func(_, value *node) { *guard = l.guard(value, string(operation)) }
	}

	l.fields(n, "guards", fields)
}

// bool reads true or false.
func (l *loader) bool(n *node, what string) bool { return valueOf(l, n, what, asBool) }

// value reads one value that is text.
func (l *loader) value(n *node, what string, parse reader[string]) string {
	return valueOf(l, n, what, parse)
}

// valueOf reads one value; the zero value if it cannot be.
func valueOf[T any](l *loader, n *node, what string, parse reader[T]) T {
	var none T
	switch n.kind {
	case scalar:
	case nothing:
		l.problemf(n.at, "%s: %v", what, errEmpty)

		return none
	case unreadable:
		return none
	default:
		l.problemf(n.at, "%s takes a single value, not %s", what, n.kind)

		return none
	}

	value, err := parse(n.text)
	if err == nil && n.text == "" {
		err = errEmpty
	}

	if err != nil {
		l.problemf(n.at, "%s: %v", what, err)

		return none
	}

	return value
}

// placed reads a list of words with their places.
func (l *loader) placed(n *node, what string) []*node {
	switch n.kind {
	case list:
	case nothing, unreadable:
		return nil
	case scalar:
		l.problemf(n.at, "%s takes a list: write [%s]", what, n.text)

		return nil
	default:
		l.problemf(n.at, "%s takes a list, not %s", what, n.kind)

		return nil
	}

	var words []*node
	for _, item := range n.items {
		switch item.kind {
		case scalar:
			words = append(words, item)
		case unreadable:
		default:
			l.problemf(item.at, "%s takes a list of single values, not of %s", what, item.kind)
		}
	}

	return words
}

// words reads a list of words, and tells where each stands.
func (l *loader) words(n *node, what string, tell func(word string, at place)) []string {
	var words []string
	for _, word := range l.placed(n, what) {
		words = append(words, word.text)
		tell(word.text, word.at)
	}

	return words
}
