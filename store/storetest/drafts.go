package storetest

import (
	"bytes"
	"fmt"
	"math/rand/v2"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// fact returns a draft whose data is a number.
func fact(n int) event.Draft {
	return event.Draft{Type: "card_added", Data: fmt.Appendf(nil, `{"n":%d}`, n)}
}

// facts returns n drafts that differ.
func facts(n int) []event.Draft {
	drafts := make([]event.Draft, n)
	for i := range drafts {
		drafts[i] = fact(i + 1)
	}

	return drafts
}

// named returns a draft with an ID.
func named(id event.ID, n int) event.Draft {
	d := fact(n)
	d.ID = id

	return d
}

// namedFacts returns n drafts that differ, with the IDs prefix-1, prefix-2 and so
// on.
func namedFacts(prefix string, n int) []event.Draft {
	drafts := facts(n)
	for i := range drafts {
		drafts[i].ID = event.ID(fmt.Sprintf("%s-%d", prefix, i+1))
	}

	return drafts
}

// mixed returns the numbers below n in an order that is always the same, and
// not theirs.
func mixed(n int) []int { return rand.New(rand.NewPCG(1, 2)).Perm(n) }

// to returns a batch that expects nothing.
func to(stream event.Stream, drafts ...event.Draft) store.Batch {
	return store.Batch{Stream: stream, Drafts: drafts}
}

// expecting returns a batch that expects something.
func expecting(e store.Expectation, stream event.Stream, drafts ...event.Draft) store.Batch {
	return store.Batch{Stream: stream, Expect: e, Drafts: drafts}
}

// difference says in what two events differ, or "".
func difference(got, want *event.Event) string {
	switch {
	case got.Position != want.Position:
		return fmt.Sprintf("position %s, want %s", got.Position, want.Position)
	case got.Stream != want.Stream || got.Version != want.Version:
		return fmt.Sprintf("stream %q version %d, want %q version %d", got.Stream, got.Version, want.Stream, want.Version)
	case got.ID != want.ID:
		return fmt.Sprintf("id %q, want %q", got.ID, want.ID)
	case !got.Recorded.Equal(want.Recorded):
		return fmt.Sprintf("recorded %s, want %s", got.Recorded, want.Recorded)
	}

	d := want.Draft(want.Origin)

	return departure(got, &d)
}

// departure says in what an event differs from the draft that it was made from,
// or "". What the draft leaves to the log may be anything.
func departure(e *event.Event, d *event.Draft) string {
	contentType := d.ContentType
	if contentType == "application/json" {
		contentType = ""
	}

	switch {
	case d.ID != "" && e.ID != d.ID:
		return fmt.Sprintf("id %q, want %q", e.ID, d.ID)
	case e.Type != d.Type:
		return fmt.Sprintf("type %q, want %q", e.Type, d.Type)
	case !bytes.Equal(e.Data, d.Data):
		return fmt.Sprintf("data %.80q (%d bytes), want %.80q (%d bytes)", e.Data, len(e.Data), d.Data, len(d.Data))
	case e.ContentType != contentType:
		return fmt.Sprintf("content type %q, want %q", e.ContentType, contentType)
	case e.Actor != d.Actor:
		return fmt.Sprintf("actor %q, want %q", e.Actor, d.Actor)
	case e.Subject != d.Subject:
		return fmt.Sprintf("subject %q, want %q", e.Subject, d.Subject)
	case e.Origin != d.Origin:
		return fmt.Sprintf("origin %s, want %s", e.Origin, d.Origin)
	case e.Meta.Correlation != d.Meta.Correlation || e.Meta.Causation != d.Meta.Causation || !bytes.Equal(e.Meta.Extra, d.Meta.Extra):
		return fmt.Sprintf("meta %+v, want %+v", e.Meta, d.Meta)
	case !d.Time.IsZero() && e.Time.UnixMilli() != d.Time.UnixMilli():
		return fmt.Sprintf("time %s, want %s", e.Time, d.Time)
	case !d.Recorded.IsZero() && e.Recorded.UnixMilli() != d.Recorded.UnixMilli():
		return fmt.Sprintf("recorded %s, want %s", e.Recorded, d.Recorded)
	default:
		return ""
	}
}
