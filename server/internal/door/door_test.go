package door_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server/internal/door"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// newDoor returns a door before a log in memory: meetings are open, secrets are
// for nobody, and ada watches the boards.
func newDoor(t *testing.T) (*door.Door, store.Log) {
	t.Helper()

	categories, err := category.New(map[string]category.Declaration{
		"meeting": {Events: map[string]category.EventType{"card_added": {Schema: []byte(`{"type":"object","required":["title"]}`)}}},
		"secret":  {Guards: category.Guards{Join: auth.Refuse, Append: auth.Refuse}},
		"board": {Guards: category.Guards{Watch: func(_ context.Context, r *auth.Request) error {
			if r.Caller.ID != "ada" {
				return fault.Forbidden("the boards are ada's")
			}

			return nil
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}

	log := memory.New().Log
	t.Cleanup(func() {
		if err := log.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})

	return door.New(door.Options{Log: log, Categories: categories, Limits: event.Limits{Stream: 40}, Events: 3}), log
}

func ada() *auth.Caller  { return &auth.Caller{ID: "ada", Role: "member"} }
func root() *auth.Caller { return &auth.Caller{ID: "root", Role: "admin"} }

// check fails unless an error has a code, and says something.
func check(t *testing.T, err error, code fault.Code, says string) {
	t.Helper()

	if fault.Of(err) != code || code != "" && !strings.Contains(err.Error(), says) {
		t.Errorf("got %q: %v, want %q: … %s …", fault.Of(err), err, code, says)
	}
}

// extra is meta with keys of its own.
func extra(object string) event.Meta { return event.Meta{Extra: []byte(object)} }

func TestAppend(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		stream event.Stream
		drafts []event.Draft
		member fault.Code // how it ends for a member
		admin  fault.Code // and for an admin
		says   string
	}{
		"an event":              {"meeting:1", []event.Draft{{Type: "x"}}, "", "", ""},
		"as many as may be":     {"meeting:1", three(), "", "", ""},
		"too many":              {"meeting:1", append(three(), three()...), fault.CodeTooLarge, fault.CodeTooLarge, "6 events is over the limit of 3"},
		"none":                  {"meeting:1", nil, fault.CodeInvalid, fault.CodeInvalid, "at least one"},
		"its own actor":         {"meeting:1", []event.Draft{{Type: "x", Actor: "ada"}}, "", "", ""},
		"another actor":         {"meeting:1", []event.Draft{{Type: "x", Actor: "bob"}}, fault.CodeForbidden, "", "only an admin"},
		"another actor in meta": {"meeting:1", []event.Draft{{Type: "x", Meta: extra(`{"actor":"bob"}`)}}, fault.CodeForbidden, "", "leave it out"},
		"other meta":            {"meeting:1", []event.Draft{{Type: "x", Meta: extra(`{"action":{"a":1}}`)}}, "", "", ""},
		"the system's meta":     {"meeting:1", []event.Draft{{Type: "x", Meta: extra(`{"$command":"y"}`)}}, fault.CodeInvalid, fault.CodeInvalid, "system's own"},
		"the system's type":     {"meeting:1", []event.Draft{{Type: "$archived"}}, fault.CodeInvalid, fault.CodeInvalid, "system's own"},
		"the second is bad":     {"meeting:1", []event.Draft{{Type: "x"}, {Type: "$y"}}, fault.CodeInvalid, fault.CodeInvalid, "event 2 of 2"},
		"data as declared":      {"meeting:1", []event.Draft{{Type: "card_added", Data: []byte(`{"title":"x"}`)}}, "", "", ""},
		"other data":            {"meeting:1", []event.Draft{{Type: "card_added", Data: []byte(`{}`)}}, fault.CodeRejected, fault.CodeRejected, "title"},
		"no such category":      {"meting:1", []event.Draft{{Type: "x"}}, fault.CodeNotFound, fault.CodeNotFound, "did you mean"},
		"no right":              {"secret:1", []event.Draft{{Type: "x"}}, fault.CodeForbidden, fault.CodeForbidden, "forbidden"},
		"no stream":             {"meeting", []event.Draft{{Type: "x"}}, fault.CodeInvalid, fault.CodeInvalid, "no category"},
		"a whole category":      {"meeting:*", []event.Draft{{Type: "x"}}, fault.CodeInvalid, fault.CodeInvalid, "whole category"},
		"a long name":           {event.Stream("meeting:" + strings.Repeat("4", 33)), []event.Draft{{Type: "x"}}, fault.CodeTooLarge, fault.CodeTooLarge, "40"},
	} {
		for _, as := range []struct {
			caller *auth.Caller
			code   fault.Code
		}{{ada(), c.member}, {root(), c.admin}} {
			t.Run(name+" of "+as.caller.ID, func(t *testing.T) {
				t.Parallel()

				d, log := newDoor(t)
				drafts := slices.Clone(c.drafts)
				receipt, err := d.Append(t.Context(), as.caller, c.stream, store.Anything(), drafts)
				check(t, err, as.code, c.says)

				state, stateErr := log.State(t.Context())
				if want := uint64(len(drafts)); stateErr != nil || err == nil && (receipt.Position.Number() != want || state.Head.Number() != want) || err != nil && state.Head.Number() != 0 {
					t.Errorf("the log goes up to %v after %+v: %v", state.Head, receipt, stateErr)
				}
			})
		}
	}
}

// three returns as many drafts as an append may have.
func three() []event.Draft { return []event.Draft{{Type: "x"}, {Type: "x"}, {Type: "x"}} }

// TestActor sees whose an event is.
func TestActor(t *testing.T) {
	t.Parallel()

	d, log := newDoor(t)
	for _, c := range []struct {
		caller *auth.Caller
		says   string
		want   string
	}{{ada(), "", "ada"}, {ada(), "ada", "ada"}, {root(), "", "root"}, {root(), "bob", "bob"}} {
		stream := event.Stream(fmt.Sprintf("meeting:%s-%s", c.caller.ID, c.says))
		_, err := d.Append(t.Context(), c.caller, stream, store.Anything(), []event.Draft{{Type: "x", Actor: c.says}})
		check(t, err, "", "")

		for e, err := range log.Read(t.Context(), stream, store.Range{}) {
			if err != nil || e.Actor != c.want {
				t.Errorf("%s: the actor is %q, want %q: %v", stream, e.Actor, c.want, err)
			}
		}
	}
}

// TestDuplicateElsewhere uses an id again that a stream has which the caller may
// know nothing of.
func TestDuplicateElsewhere(t *testing.T) {
	t.Parallel()

	d, log := newDoor(t)
	for _, stream := range []event.Stream{"secret:merger", "meeting:1"} {
		_, err := log.Append(t.Context(), store.Batch{Stream: stream, Drafts: []event.Draft{{Type: "x", ID: event.ID("of " + stream)}}})
		check(t, err, "", "")
	}

	reuse := func(caller *auth.Caller, id event.ID) error {
		_, err := d.Append(t.Context(), caller, "meeting:1", store.Anything(), []event.Draft{{Type: "y", ID: id}})

		return err
	}

	elsewhere := reuse(ada(), "of secret:merger")
	check(t, elsewhere, fault.CodeConflict, "another stream")
	if text := fmt.Sprintf("%+v", elsewhere); strings.Contains(strings.ReplaceAll(text, "of secret:merger", ""), "secret") {
		t.Errorf("it names the stream: %s", text)
	}

	check(t, reuse(root(), "of secret:merger"), fault.CodeConflict, "in stream secret:merger at version 1")
	check(t, reuse(ada(), "of meeting:1"), fault.CodeConflict, "in stream meeting:1 at version 1")
}

// TestFeed sees who gets the feed of what.
func TestFeed(t *testing.T) {
	t.Parallel()

	d, _ := newDoor(t)
	for _, c := range []struct {
		caller     *auth.Caller
		categories []string
		code       fault.Code
		says       string
	}{
		{ada(), nil, fault.CodeForbidden, "admin"},
		{root(), nil, "", ""},
		{ada(), []string{"meeting"}, fault.CodeForbidden, "admin"},
		{root(), []string{"meeting"}, "", ""},
		{ada(), []string{"meeting:x"}, fault.CodeInvalid, "meeting:x"},
		{root(), []string{"meeting:x"}, fault.CodeInvalid, "such as meeting"},
		{ada(), []string{"board"}, "", ""},
		{&auth.Caller{ID: "bob"}, []string{"board"}, fault.CodeForbidden, "ada's"},
		{ada(), []string{"board", "meeting"}, fault.CodeForbidden, "admin"},
		{ada(), []string{"board:*"}, fault.CodeInvalid, "colon"},
		{ada(), []string{"bord"}, fault.CodeNotFound, "did you mean"},
	} {
		for page, err := range d.Feed(t.Context(), c.caller, event.Position{}, store.Filter{Categories: c.categories}) {
			check(t, err, c.code, c.says)
			if err == nil && !page.Live {
				t.Errorf("%s, %v: got %+v", c.caller.ID, c.categories, page)
			}

			break
		}
	}
}

// TestReading sees that whoever may not join a stream reads nothing of it.
func TestReading(t *testing.T) {
	t.Parallel()

	d, _ := newDoor(t)

	for stream, code := range map[event.Stream]fault.Code{"meeting:1": "", "secret:1": fault.CodeForbidden, "none:1": fault.CodeNotFound} {
		_, err := d.Head(t.Context(), ada(), stream)
		check(t, err, code, "")

		for _, err := range d.Read(t.Context(), ada(), stream, store.Range{}) {
			check(t, err, code, "")
		}
	}

	for caller, code := range map[*auth.Caller]fault.Code{ada(): fault.CodeForbidden, root(): ""} {
		for _, err := range d.Streams(t.Context(), caller, "", "") {
			check(t, err, code, "")
		}
	}
}
