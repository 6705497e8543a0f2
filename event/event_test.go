package event_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
)

func TestNewDraft(t *testing.T) {
	t.Parallel()

	d, err := event.NewDraft("card_added", map[string]string{"title": "Coffee"})
	if err != nil || d.Type != "card_added" || string(d.Data) != `{"title":"Coffee"}` {
		t.Errorf("got %+v, %v", d, err)
	}

	_, err = event.NewDraft("card_added", make(chan int))
	if err == nil || err.Error() != "data of a card_added event cannot be written as JSON: json: unsupported type: chan int" {
		t.Errorf("a channel as data: %v", err)
	}
}

// full returns an event all of whose fields are set.
func full() event.Event {
	return event.Event{
		ID:          "id",
		Stream:      "meeting:1",
		Version:     3,
		Position:    event.PositionAt(7),
		Type:        "card_added",
		Time:        time.Date(2020, time.May, 1, 0, 0, 0, 0, time.UTC),
		Recorded:    time.Date(2020, time.May, 2, 0, 0, 0, 0, time.UTC),
		Actor:       "ann",
		Subject:     "card:1",
		ContentType: "text/plain",
		Data:        []byte("data"),
		Meta:        event.Meta{Correlation: "c", Causation: "d", Extra: []byte(`{"e":1}`)},
		Origin:      event.Imported,
	}
}

func TestEventClone(t *testing.T) {
	t.Parallel()

	e := full()
	wantAllSet(t, e)

	clone := e.Clone()
	if !reflect.DeepEqual(clone, e) {
		t.Errorf("got %+v, want %+v", clone, e)
	}

	clear(clone.Data)
	clear(clone.Meta.Extra)

	if !reflect.DeepEqual(e, full()) {
		t.Errorf("the clone shares memory: the event became %+v", e)
	}
}

func TestEventDraft(t *testing.T) {
	t.Parallel()

	e := full()
	d := e.Draft(event.Copied)
	wantAllSet(t, d)

	want := event.Draft{
		Type: e.Type, Data: e.Data, ContentType: e.ContentType, ID: e.ID, Actor: e.Actor, Subject: e.Subject,
		Time: e.Time, Meta: e.Meta, Origin: event.Copied, Recorded: e.Recorded,
	}
	if !reflect.DeepEqual(d, want) {
		t.Errorf("got %+v, want %+v", d, want)
	}
}

// wantAllSet checks that no field was forgotten, now or when one is added.
func wantAllSet(t *testing.T, value any) {
	t.Helper()

	v := reflect.ValueOf(value)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("%s.%s is not set", v.Type(), v.Type().Field(i).Name)
		}
	}
}

func TestIsJSON(t *testing.T) {
	t.Parallel()

	for contentType, want := range map[string]bool{
		"": true, "application/json": true, "Application/JSON": true, "application/json; charset=utf-8": true, "application/json ;x=y": true,
		"text/json": true, "application/cloudevents+json": true, "application/ld+JSON; profile=x": true,
		"text/plain": false, "application/jsonl": false, "application/json-seq": false, "json": false, "text/plain; x=+json": false,
	} {
		e := event.Event{ContentType: contentType}
		if got := e.IsJSON(); got != want {
			t.Errorf("%q is JSON: got %t, want %t", contentType, got, want)
		}
	}
}

func TestOriginString(t *testing.T) {
	t.Parallel()

	for origin, want := range map[event.Origin]string{
		event.Native: "native", event.Imported: "imported", event.Copied: "copied", event.Forked: "forked", 99: "unknown",
	} {
		if got := origin.String(); got != want {
			t.Errorf("origin %d: got %q, want %q", origin, got, want)
		}
	}
}

func TestMeta(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		meta event.Meta
		size int
	}{
		{event.Meta{}, 0},
		{event.Meta{Extra: []byte{}}, 0},
		{event.Meta{Correlation: "abc"}, 3},
		{event.Meta{Causation: "ab"}, 2},
		{event.Meta{Correlation: "abc", Causation: "ab", Extra: []byte(`{}`)}, 7},
	} {
		if c.meta.Size() != c.size || c.meta.IsZero() != (c.size == 0) {
			t.Errorf("%+v: size %d, zero %t; want size %d", c.meta, c.meta.Size(), c.meta.IsZero(), c.size)
		}
	}
}
