package types_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/cmd/recount/types"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// TestSchemas writes the types of each schema in testdata. The data in examples
// is as the schema says, that in x-wrong is not: tsc says the same of the types,
// in e2e/test/types.test.ts.
func TestSchemas(t *testing.T) {
	t.Parallel()

	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no schemas: %v", err)
	}

	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			schema, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}

			categories := map[string]category.Declaration{"meeting": {Unknown: category.Reject, Events: map[string]category.EventType{name: {Schema: schema}}}}
			checkData(t, categories, name, schema)
			golden(t, name+".d.ts", generate(t, categories))
		})
	}
}

// checkData sees that the data in a schema is what it is said to be.
func checkData(t *testing.T, categories map[string]category.Declaration, name string, schema []byte) {
	t.Helper()

	set, err := category.New(categories)
	if err != nil {
		t.Fatal(err)
	}

	meeting, err := set.Find("meeting")
	if err != nil {
		t.Fatal(err)
	}

	var data struct {
		Examples []json.RawMessage
		Wrong    []json.RawMessage `json:"x-wrong"` //nolint:tagliatelle // as keywords of others are named
	}
	if err := json.Unmarshal(schema, &data); err != nil && string(schema) != "true\n" {
		t.Fatal(err)
	}

	for _, one := range data.Examples {
		if err := meeting.CheckEvents([]event.Draft{{Type: name, Data: one}}); err != nil {
			t.Errorf("%s: %v", one, err)
		}
	}

	for _, one := range data.Wrong {
		if err := meeting.CheckEvents([]event.Draft{{Type: name, Data: one}}); err == nil {
			t.Errorf("%s is not wrong", one)
		}
	}
}

// TestCategories writes several categories, whose names clash.
func TestCategories(t *testing.T) {
	t.Parallel()

	card := category.EventType{Schema: []byte(`{"type":"object","properties":{"size":{"$ref":"#/$defs/size"}},"$defs":{"size":{"type":"number"}}}`)}
	other := category.EventType{Schema: []byte(`{"$ref":"#/$defs/Size","$defs":{"Size":{"type":"string"}}}`)}
	got := generate(t, map[string]category.Declaration{
		"meeting": {
			Events: map[string]category.EventType{
				"card_added": card, "card-added": other, "card_moved": card, "reaction_sent": {LiveOnly: true}, "meeting_events": other, "日本": other, "1": other, "*/": other,
			},
			Signals: []string{"typing", "cursor-moved", "typing"},
		},
		"issue":  {Unknown: category.Reject, Events: map[string]category.EventType{"card_added": card, "card_moved": other}},
		"open":   {},
		"closed": {Unknown: category.Reject},
	})
	golden(t, "categories.d.ts", got)

	if again := generate(t, map[string]category.Declaration{}); !strings.HasSuffix(again, "\nexport {};\n") {
		t.Errorf("without categories: got %s", again)
	}
}

// TestNoJSON sees that what is no schema is refused.
func TestNoJSON(t *testing.T) {
	t.Parallel()

	for _, schema := range []string{"", "{", "nonsense"} {
		_, err := types.Generate("recount.yaml", map[string]category.Declaration{"m": {Events: map[string]category.EventType{"e": {Schema: []byte(schema)}}}})
		if fault.Of(err) != fault.CodeInvalid || !strings.Contains(err.Error(), "category m: event e: ") {
			t.Errorf("%q: got %v", schema, err)
		}
	}
}
