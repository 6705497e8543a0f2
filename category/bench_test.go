package category_test

import (
	"testing"

	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
)

// cardSchema is a schema as applications write them.
const cardSchema = `{
	"$schema": "https://json-schema.org/draft/2020-12/schema",
	"type": "object",
	"required": ["id", "title"],
	"properties": {
		"id": {"type": "string", "minLength": 1, "maxLength": 64},
		"title": {"type": "string", "maxLength": 200},
		"author": {"$ref": "#/$defs/person"},
		"labels": {"type": "array", "items": {"enum": ["urgent", "design", "later"]}, "maxItems": 10},
		"votes": {"type": "integer", "minimum": 0},
		"score": {"type": "number"},
		"open": {"type": "boolean"},
		"due": {"type": "string", "format": "date-time"},
		"note": {"type": "string"}
	},
	"additionalProperties": false,
	"$defs": {"person": {"type": "object", "properties": {"name": {"type": "string"}, "role": {"type": "string"}}}}
}`

// cardData is an event of about 300 bytes.
const cardData = `{"id":"7f3a9c21","title":"Coffee for the whole team","author":{"name":"Ada Lovelace","role":"chair"},"labels":["urgent","design"],"votes":17,"score":4.25,"open":true,"due":"2026-11-21T10:00:00.000Z","note":"What was said in the meeting, and what was not said in it, and who did not say it at all"}`

func BenchmarkCheckEvents(b *testing.B) {
	set, err := category.New(map[string]category.Declaration{
		"meeting": {Events: map[string]category.EventType{"card_added": {Schema: []byte(cardSchema)}}},
	})
	if err != nil {
		b.Fatal(err)
	}

	meeting, err := set.Find("meeting")
	if err != nil {
		b.Fatal(err)
	}

	drafts := []event.Draft{{Type: "card_added", Data: []byte(cardData)}}
	b.SetBytes(int64(len(cardData)))
	b.ReportAllocs()
	for b.Loop() {
		if err := meeting.CheckEvents(drafts); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	declarations := map[string]category.Declaration{
		"meeting": {Events: map[string]category.EventType{"card_added": {Schema: []byte(cardSchema)}}},
	}
	for b.Loop() {
		if _, err := category.New(declarations); err != nil {
			b.Fatal(err)
		}
	}
}
