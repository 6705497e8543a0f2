package aggregatetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// compare fails the test if the command did not record these events in a stream.
func (o *Outcome[S, R]) compare(stream event.Stream, expected []any) {
	s := o.scene
	s.tb.Helper()

	want, got := s.encoded(stream, expected), o.recorded[stream]
	same := true

	var text strings.Builder

	for i := range max(len(want), len(got)) {
		var wanted, found string

		timed := i < len(want) && !timeOf(expected[i]).IsZero()
		if i < len(want) {
			wanted = line(&want[i], timed)
		}

		if i < len(got) {
			found = line(&got[i], timed)
		}

		if wanted == found {
			text.WriteString("\n  " + wanted)

			continue
		}

		same = false
		if wanted != "" {
			text.WriteString("\n- " + wanted)
		}

		if found != "" {
			text.WriteString("\n+ " + found)
		}
	}

	if !same {
		s.tb.Errorf("%s: the events are not as expected (- expected, + recorded):%s", stream, &text)
	}

	for _, e := range expected {
		s.checkEncoding(e)
	}
}

// encoded returns events as a log has them.
func (s *Scene[S]) encoded(stream event.Stream, events []any) []event.Event {
	s.tb.Helper()

	if len(events) == 0 {
		return nil
	}

	log := memory.New().Log
	s.append(log, stream, events)

	var all []event.Event
	for e, err := range log.Read(context.WithoutCancel(s.tb.Context()), stream, store.Range{}) {
		if err != nil {
			s.tb.Fatalf("aggregatetest: %v", err)
		}

		all = append(all, e)
	}

	return all
}

// checkEncoding fails the test if an event loses something on its way through
// JSON.
func (s *Scene[S]) checkEncoding(e any) {
	s.tb.Helper()

	switch of := e.(type) {
	case event.Draft:
		return
	case aggregate.Fact:
		e = of.Event
	}

	text, err := json.Marshal(e)
	if err != nil {
		s.tb.Errorf("a %T cannot be encoded: %v", e, err)

		return
	}

	read := reflect.New(reflect.TypeOf(e))
	if err := json.Unmarshal(text, read.Interface()); err != nil {
		s.tb.Errorf("a %T cannot be read again from %s: %v", e, text, err)

		return
	}

	if at, before, after := difference(e, read.Elem().Interface()); at != "" {
		s.tb.Errorf("a %T does not survive its encoding, %s: %s was %s and becomes %s: give events exported fields of definite types", e, text, at, before, after)
	}
}

// timeOf returns when an expected event says that it happened, the zero time if
// it does not.
func timeOf(e any) time.Time {
	switch of := e.(type) {
	case aggregate.Fact:
		return of.Time
	case event.Draft:
		return of.Time
	default:
		return time.Time{}
	}
}

// line describes an event.
func line(e *event.Event, timed bool) string {
	text := e.Type + " " + string(canonical(e.Data))
	if e.Subject != "" {
		text += " about " + e.Subject
	}

	if timed {
		text += " at " + e.Time.Format(time.RFC3339Nano)
	}

	return text
}

// listed describes events, one a line.
func listed(events []event.Event) string {
	if len(events) == 0 {
		return " nothing"
	}

	var text strings.Builder
	for i := range events {
		fmt.Fprintf(&text, "\n+ %s", line(&events[i], false))
	}

	return text.String()
}

// canonical returns JSON without white space and with sorted keys; what is no
// JSON stays.
func canonical(data []byte) []byte {
	var value any

	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()

	if err := decoder.Decode(&value); err != nil {
		return data
	}

	text, err := json.Marshal(value)
	if err != nil {
		return data
	}

	return text
}
