package category_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// withSchema compiles one schema.
func withSchema(schema string) (*category.Set, error) {
	return category.New(map[string]category.Declaration{
		"m": {Events: map[string]category.EventType{"noted": {Schema: []byte(schema), SchemaPath: "schemas/noted.json"}}},
	})
}

// TestViolations sees what is said of data that is not as its schema.
func TestViolations(t *testing.T) {
	t.Parallel()

	for _, c := range []struct{ schema, data, want string }{
		{cardSchema, `{"id":"","title":5,"x":1,"labels":["no"]}`, `/id: expected at least 1 character, got 0; /labels/0: expected "urgent", "design" or "later", got "no"; /title: expected a string, got a number; and more`},
		{cardSchema, `{"title":"` + strings.Repeat("x", 201) + `","author":7}`, `/author: expected an object, got a number; /id: it is missing; /title: expected at most 200 characters, got 201`},
		{cardSchema, `{"id":"1","title":"x","votes":1.5,"due":"yesterday"}`, `/due: expected the format date-time, got "yesterday"; /votes: expected a whole number, got a number`},
		{cardSchema, `{"id":"1","title":"x","votes":-1,"colour":1}`, `/colour: there is no such property; /votes: expected at least 0, got -1`},
		{`{"type":["string","null","boolean"]}`, `[]`, `the data: expected null, true or false or a string, got an array`},
		{`{"properties":{"a/b":{"properties":{"~":{"type":"null"}}}}}`, `{"a/b":{"~":{}}}`, `/a~1b/~0: expected null, got an object`},
		{`{"const":{"a":1}}`, `1`, `the data: expected an object, got 1`},
		{`{"enum":[1,[],null,true]}`, `"` + strings.Repeat("y", 100) + `"`, `the data: expected 1, an array, null or true, got "` + strings.Repeat("y", 60) + `…"`},
		{`{"enum":[1,2,3,4,5,6,7,8,9,10,11]}`, `0`, `the data: expected 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 or others, got 0`},
		{`{"pattern":"^[a-z]+$","minLength":2}`, `"A"`, `the data: expected a string that matches ^[a-z]+$, got "A"; the data: expected at least 2 characters, got 1`},
		{`{"multipleOf":0.1,"exclusiveMaximum":3}`, `3.05`, `the data: expected a multiple of 0.1, got 3.05; the data: expected less than 3, got 3.05`},
		{`{"exclusiveMinimum":3,"maximum":2}`, `3`, `the data: expected at most 2, got 3; the data: expected more than 3, got 3`},
		{`{"minItems":2,"contains":{"type":"string"}}`, `[1]`, `the data: expected at least 2 items, got 1; the data: none of its items is as one has to be`},
		{`{"maxItems":1,"uniqueItems":true,"contains":{"const":1},"minContains":3}`, `[1,1.0]`, `the data: expected at least 3 items of a kind, got 2; the data: expected at most 1 item, got 2; the data: items 0 and 1 are equal, expected each only once`},
		{`{"contains":{"const":1},"maxContains":1}`, `[1,1]`, `the data: expected at most 1 item of a kind, got 2`},
		{`{"prefixItems":[{"type":"string"}],"items":false}`, `["a",2]`, `/1: nothing is allowed here`},
		{`{"unevaluatedProperties":false,"properties":{"a":true}}`, `{"a":1,"b":2}`, `/b: nothing is allowed here`},
		{`{"minProperties":2}`, `{"a":1}`, `the data: expected at least 2 properties, got 1`},
		{`{"maxProperties":1}`, `{"a":1,"b":1}`, `the data: expected at most 1 property, got 2`},
		{`{"dependentRequired":{"a":["b"]},"if":{"required":["a"]},"then":{"required":["z"]}}`, `{"a":1}`, `/b: it is missing, which goes with "a"; /z: it is missing`},
		{`{"not":{"type":"object"}}`, `{}`, `the data: it has a form that is excluded`},
		{`{"anyOf":[{"type":"string"},{"type":"null"}]}`, `1`, `the data: expected a string or null, got a number`},
		{`{"anyOf":[{"type":"string"},{"properties":{"a":{"type":"string"}}}]}`, `{"a":1}`, `the data: it has none of the forms that are allowed (nearest: /a: expected a string, got a number)`},
		{`{"oneOf":[true,{}]}`, `1`, `the data: it has form 1 and form 2, expected exactly one`},
		{
			`{"oneOf":[{"properties":{"kind":{"const":"a"},"n":{"anyOf":[{"type":"string"},{"const":3}]}}},{"properties":{"kind":{"const":"b"}},"required":["x","y"]}]}`,
			`{"kind":"a","n":4}`,
			`the data: it has none of the forms that are allowed (nearest: /n: expected a string, got a number)`,
		},
		{`{"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"$ref":"#b"},"b":{"$anchor":"b","type":"null"}}}`, `1`, `the data: expected null, got a number`},
		{`{"$id":"https://example.com/noted.json","$ref":"noted.json#/$defs/x","$defs":{"x":{"type":"string"}}}`, `1`, `the data: expected a string, got a number`},
		{`{"propertyNames":{"maxLength":2}}`, `{"long":1}`, `the data: the name "long" is not allowed`},
		{`{"$ref":"#"}`, `1`, `the data: its schema refers to itself without end`},
		{`{"$schema":"http://json-schema.org/draft-07/schema#","dependencies":{"a":["b"]},"items":[true],"additionalItems":false}`, `{"a":1}`, `/b: it is missing, which goes with "a"`},
		{`{"$schema":"http://json-schema.org/draft-07/schema#","items":[true],"additionalItems":false}`, `[1,2]`, `the data: expected 1 item less, got too many`},
		{`false`, `1`, `the data: nothing is allowed here`},
		{`{}`, `[1`, `it is not JSON at byte 2: unexpected end of JSON input`},
		{`{}`, "\"\xff\"", `it is not UTF-8, as JSON has to be: encode it as UTF-8`},
		{`{"type":"integer"}`, `1e999999`, `the number "1e999999" is too long to be checked: give at most 400 digits, and an exponent of at most 400`},
		{`true`, `1`, ``},
		{`{"type":"integer","minimum":9007199254740993}`, `9007199254740993`, ``},
		{`{"format":"email"}`, `"ada@example.com"`, ``},
	} {
		set, err := withSchema(c.schema)
		if err != nil {
			t.Errorf("%s: %v", c.schema, err)

			continue
		}

		code := fault.CodeRejected
		if c.want == "" {
			code = ""
		}

		err = find(t, set, "m").CheckEvents([]event.Draft{{Type: "noted", Data: []byte(c.data)}})
		wantError(t, c.schema+" "+c.data, err, code, "event noted: "+c.want)
	}
}

// TestPropertyNamesBesideOthers sees that no wrong place is named.
func TestPropertyNamesBesideOthers(t *testing.T) {
	t.Parallel()

	set, err := withSchema(`{"properties":{"a":{"propertyNames":{"maxLength":2}},"b":{"type":"string"}}}`)
	if err != nil {
		t.Fatal(err)
	}

	for range 20 { // the validator goes through maps
		err := find(t, set, "m").CheckEvents([]event.Draft{{Type: "noted", Data: []byte(`{"a":{"long":1},"b":1}`)}})
		if !strings.Contains(err.Error(), `: the name "long" is not allowed`) || strings.Contains(err.Error(), `/b: the name`) {
			t.Errorf("got %v", err)
		}
	}
}

func TestSchemasThatCannotBe(t *testing.T) {
	t.Parallel()

	outside := func(url string) string {
		return fmt.Sprintf(`it refers to %q, which lies outside: put it under $defs, and refer to it by "#/$defs/…"`, url)
	}
	for schema, want := range map[string]string{
		``:                                       `it is empty: give JSON`,
		`{"type":`:                               `it is not JSON at byte 8: unexpected end of JSON input`,
		`[]`:                                     `it is an array: a schema is an object, such as {"type":"object"}`,
		`null`:                                   `it is null: a schema is an object, such as {"type":"object"}`,
		`{"type":"strin"}`:                       `/type: it has none of the forms that are allowed (nearest: /type: expected "array", "boolean", "integer", "null", "number", "object" or "string", got "strin")`,
		`{"minLength":-1,"required":"x"}`:        `/minLength: expected at least 0, got -1; /required: expected an array, got a string`,
		`{"pattern":"(?=a)"}`:                    `/pattern: expected the format regex, got "(?=a)"`,
		`{"$ref":"http://example.com/x"}`:        outside("http://example.com/x"),
		`{"$ref":"https://127.0.0.1:1/x"}`:       outside("https://127.0.0.1:1/x"),
		`{"$ref":"file:///etc/passwd"}`:          outside("file:///etc/passwd"),
		`{"items":{"$ref":"other.json#/x"}}`:     outside("other.json"),
		`{"$id":"http://a.b/c","$ref":"d.e"}`:    outside("http://a.b/d.e"),
		`{"$ref":"#/$defs/none"}`:                `it refers to "#/$defs/none", which is not there`,
		`{"$ref":"#none"}`:                       `it refers to "#none", which is not there`,
		`{"$schema":"https://json-schema.org/"}`: `$schema "https://json-schema.org/" is no draft of JSON Schema that is known: write https://json-schema.org/draft/2020-12/schema`,
		`{"maximum":1e999999}`:                   `the number "1e999999" is too long to be checked: give at most 400 digits, and an exponent of at most 400`,
	} {
		_, err := withSchema(schema)
		wantError(t, schema, err, fault.CodeInvalid, `category "m": events "noted": schema schemas/noted.json: `+want)
	}
}

// TestHostileData sees that data which is made to be expensive is cheap.
func TestHostileData(t *testing.T) {
	t.Parallel()

	recursive := `{"anyOf":[{"type":"array","items":{"$ref":"#"}},{"type":"null"}]}`
	for _, c := range []struct{ schema, data, want string }{
		{recursive, strings.Repeat("[", 64) + "1" + strings.Repeat("]", 64), "none of the forms"},
		{recursive, "[" + strings.Repeat(strings.Repeat("[", 60)+"1"+strings.Repeat("]", 60)+",", 100) + "1]", "none of the forms"},
		{recursive, strings.Repeat("[", 1<<20), "nested deeper than 64 levels"},
		{`{"uniqueItems":true}`, "[" + strings.Repeat("1e999999,", 1000) + "1]", "too long to be checked"},
		{`{"additionalProperties":false}`, `{"` + strings.Repeat(`":1,"`, 1000) + `":1}`, "there is no such property"},
		{`{"items":{"type":"string"}}`, "[" + strings.Repeat("1,", 1<<16) + "1]", "/0: expected a string"},
	} {
		set, err := withSchema(c.schema)
		if err != nil {
			t.Fatal(err)
		}

		err = find(t, set, "m").CheckEvents([]event.Draft{{Type: "noted", Data: []byte(c.data)}})
		if fault.Of(err) != fault.CodeRejected || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 2000 {
			t.Errorf("%s: got %.2000v", c.schema, err)
		}
	}
}

// TestConcurrentChecks lets the race detector look at a schema in use.
func TestConcurrentChecks(t *testing.T) {
	t.Parallel()

	meeting := find(t, meetings(t), "meeting")

	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if err := meeting.CheckEvents([]event.Draft{{Type: "card_added", Data: []byte(cardData)}}); err != nil {
					t.Error(err)
				}
			}
		})
	}

	all.Wait()
}
