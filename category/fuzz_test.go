package category_test

import (
	"testing"
	"unicode/utf8"

	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// FuzzCheckEvents gives schemas any data: it is right, or it is refused in words
// that a person can read.
func FuzzCheckEvents(f *testing.F) {
	declared := map[string]category.EventType{}
	for name, schema := range map[string]string{
		"card":      cardSchema,
		"numbers":   `{"items":{"type":"integer","minimum":-5,"exclusiveMaximum":1e9,"multipleOf":0.5},"uniqueItems":true}`,
		"recursive": `{"anyOf":[{"type":"array","items":{"$ref":"#"}},{"type":"object","additionalProperties":{"$ref":"#"},"propertyNames":{"maxLength":3}},{"type":"null"}]}`,
		"text":      `{"type":"string","format":"date-time","pattern":"Z$","minLength":3}`,
	} {
		declared[name] = category.EventType{Schema: []byte(schema)}
	}

	set := newSet(f, map[string]category.Declaration{"m": {Events: declared}})
	meeting := find(f, set, "m")

	for _, data := range []string{cardData, "", "null", "[1,1.0,1e9]", `[[],{"a":null,"long":[1]}]`, `"2026-11-21T10:00:00Z"`, `{"id":1}`, "[1e999]", "\"\xff\"", "[[[["} {
		f.Add([]byte(data))
	}

	f.Fuzz(func(t *testing.T, data []byte) {
		for name := range declared {
			err := meeting.CheckEvents([]event.Draft{{Type: name, Data: data}})
			if err == nil {
				continue
			}

			if fault.Of(err) != fault.CodeRejected || !utf8.ValidString(err.Error()) || len(err.Error()) > 4000 {
				t.Errorf("%s: %q: got %s: %.4000q", name, data, fault.Of(err), err)
			}
		}
	})
}
