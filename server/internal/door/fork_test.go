package door_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server/internal/door"
	"github.com/recountdev/recount/store"
)

// put appends events of some types to a stream, past all guards.
func put(t *testing.T, log store.Log, stream event.Stream, types ...string) {
	t.Helper()

	for _, typ := range types {
		_, err := log.Append(t.Context(), store.Batch{Stream: stream, Drafts: []event.Draft{{Type: typ, Actor: "bob", Data: []byte(`{"a":1}`)}}})
		check(t, err, "", "")
	}
}

// typesOf returns the types of a stream's events.
func typesOf(t *testing.T, log store.Log, stream event.Stream) string {
	t.Helper()

	var types []string
	for e, err := range log.Read(t.Context(), stream, store.Range{}) {
		check(t, err, "", "")
		types = append(types, e.Type)
	}

	return fmt.Sprint(types)
}

// TestFork sees who may copy what to where.
func TestFork(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		from, to      event.Stream
		at            store.Point
		member, admin fault.Code
		says          string
		types         string // what is copied
	}{
		"all":                         {"draft:1", "draft:2", store.Point{}, "", "", "", "[x mud y]"},
		"up to a version":             {"draft:1", "draft:2", store.Point{Version: 1}, "", "", "", "[x]"},
		"up to a time":                {"draft:1", "draft:2", store.Point{Time: time.Now().Add(time.Hour)}, "", "", "", "[x mud y]"},
		"before it began":             {"draft:1", "draft:2", store.Point{Time: time.Unix(0, 0)}, fault.CodeNotFound, fault.CodeNotFound, "no events", ""},
		"beyond the end":              {"draft:1", "draft:2", store.Point{Version: 4}, fault.CodeGone, fault.CodeGone, "ends at version 3", ""},
		"nothing":                     {"draft:9", "draft:2", store.Point{}, fault.CodeNotFound, fault.CodeNotFound, "no events", ""},
		"nothing, at a version":       {"draft:9", "draft:2", store.Point{Version: 1}, fault.CodeGone, fault.CodeGone, "ends at version 0", ""},
		"into what is there":          {"draft:1", "draft:7", store.Point{}, fault.CodeConflict, fault.CodeConflict, "exists", ""},
		"into itself":                 {"draft:1", "draft:1", store.Point{}, fault.CodeInvalid, fault.CodeInvalid, "itself", ""},
		"what may not be read":        {"secret:1", "draft:2", store.Point{}, fault.CodeForbidden, fault.CodeForbidden, "forbidden", ""},
		"into what may not be":        {"draft:1", "secret:2", store.Point{}, fault.CodeForbidden, fault.CodeForbidden, "version 1 of stream draft:1", ""},
		"one event may not be":        {"draft:1", "clean:2", store.Point{}, fault.CodeForbidden, "", "version 2 of stream draft:1", "[x mud y]"},
		"its data may not be":         {"draft:3", "clean:2", store.Point{}, fault.CodeForbidden, "", "no mud", "[x]"},
		"only what may be":            {"draft:1", "clean:2", store.Point{Version: 1}, "", "", "", "[x]"},
		"past a decider":              {"draft:1", "order:2", store.Point{}, fault.CodeForbidden, "", "from its commands only", "[x mud y]"},
		"past a decider, of its kind": {"order:1", "order:2", store.Point{}, fault.CodeForbidden, "", "version 2 of stream order:1: event placed", "[noted placed]"},
		"types that are open":         {"order:1", "order:2", store.Point{Version: 1}, "", "", "", "[noted]"},
		"out of a decider":            {"order:1", "draft:2", store.Point{}, "", "", "", "[noted placed]"},
		"past a schema":               {"draft:5", "paper:2", store.Point{}, fault.CodeRejected, "", "title", "[card_added]"},
		"older than its schema":       {"paper:1", "paper:2", store.Point{}, "", "", "", "[card_added]"},
		"into the system":             {"draft:1", "$sys:2", store.Point{}, fault.CodeForbidden, fault.CodeForbidden, "the system's own", ""},
		"out of the system":           {"$sys:1", "draft:2", store.Point{}, fault.CodeForbidden, fault.CodeForbidden, "the system's own", ""},
		"into no category":            {"draft:1", "drfat:2", store.Point{}, fault.CodeNotFound, fault.CodeNotFound, "not declared", ""},
		"into no stream":              {"draft:1", "", store.Point{}, fault.CodeInvalid, fault.CodeInvalid, "empty", ""},
		"into a whole category":       {"draft:1", "draft:*", store.Point{}, fault.CodeInvalid, fault.CodeInvalid, "whole category", ""},
		"into the next one":           {"draft:1", "order:$next", store.Point{}, fault.CodeInvalid, fault.CodeInvalid, "next one", ""},
	} {
		for _, as := range []struct {
			caller *auth.Caller
			code   fault.Code
		}{{ada(), c.member}, {root(), c.admin}} {
			t.Run(name+" by "+as.caller.ID, func(t *testing.T) {
				t.Parallel()

				d, log := newOffice(t, nil)
				put(t, log, "draft:1", "x", "mud", "y")
				put(t, log, "draft:5", "card_added")

				if _, err := log.Append(t.Context(), store.Batch{Stream: "draft:3", Drafts: []event.Draft{{Type: "x", Data: []byte(`"mud"`)}}}); err != nil {
					t.Fatal(err)
				}

				put(t, log, "draft:7", "z")
				put(t, log, "paper:1", "card_added")
				put(t, log, "order:1", "noted", "placed")
				put(t, log, "secret:1", "x")
				put(t, log, "$sys:1", "x")

				before, err := log.State(t.Context())
				check(t, err, "", "")

				version, err := d.Fork(t.Context(), as.caller, c.from, c.to, c.at)
				check(t, err, as.code, c.says)

				if as.code == "" {
					if got := typesOf(t, log, c.to); got != c.types {
						t.Errorf("copied %s up to %d, want %s", got, version, c.types)
					}

					return
				}

				if after, err := log.State(t.Context()); err != nil || after != before {
					t.Errorf("something was recorded: %v, %v", after, err)
				}
			})
		}
	}
}

// TestForkAgain calls a fork of what was now again when more has happened.
func TestForkAgain(t *testing.T) {
	t.Parallel()

	d, log := newOffice(t, nil)
	put(t, log, "draft:1", "x", "y")

	for range 2 {
		version, err := d.Fork(t.Context(), ada(), "draft:1", "draft:2", store.Point{})
		check(t, err, "", "")

		if got := typesOf(t, log, "draft:2"); version != 2 || got != "[x y]" {
			t.Errorf("copied %s up to %d", got, version)
		}

		put(t, log, "draft:1", "z")
	}

	version, err := d.Fork(t.Context(), ada(), "draft:2", "draft:3", store.Point{})
	check(t, err, "", "")

	for e, err := range log.Read(t.Context(), "draft:3", store.Range{Limit: 1}) {
		check(t, err, "", "")

		if version != 2 || e.Actor != "bob" || e.Origin != event.Forked {
			t.Errorf("got %+v", e)
		}
	}

	_, err = d.Fork(t.Context(), ada(), "draft:1", "draft:3", store.Point{})
	check(t, err, fault.CodeConflict, "draft:3")
}

func TestPoints(t *testing.T) {
	t.Parallel()

	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

	for _, c := range []struct {
		query, object string
		want          store.Point
		wrong         bool
	}{
		{"", "", store.Point{}, false},
		{"", "null", store.Point{}, false},
		{"17", "17", store.Point{Version: 17}, false},
		{"2026-11-21T12:00:00Z", `"2026-11-21T12:00:00Z"`, store.Point{Time: noon}, false},
		{"2026-11-21t13:00:00 01:00", `"2026-11-21T13:00:00+01:00"`, store.Point{Time: noon}, false},
		{"0", "0", store.Point{}, true},
		{"-1", "-1", store.Point{}, true},
		{"+1", "1.5", store.Point{}, true},
		{"9007199254740992", "9007199254740992", store.Point{}, true},
		{"yesterday", `"yesterday"`, store.Point{}, true},
		{"2026-11-21", `"2026-11-21"`, store.Point{}, true},
		{"0000-01-01T00:00:00Z", `"0000-01-01T00:00:00Z"`, store.Point{}, true},
		{"1e3", "1e3", store.Point{}, true},
		{"now", `"17"`, store.Point{}, true},
		{"[]", `{}`, store.Point{}, true},
		{"true", `true`, store.Point{}, true},
		{`"`, `""`, store.Point{}, true},
	} {
		for text, read := range map[string]func() (store.Point, error){
			"query " + c.query:   func() (store.Point, error) { return door.ParsePoint(c.query) },
			"object " + c.object: func() (store.Point, error) { return door.ReadPoint([]byte(c.object)) },
		} {
			got, err := read()
			if c.wrong != (fault.Of(err) == fault.CodeInvalid) || got.Version != c.want.Version || !got.Time.Equal(c.want.Time) {
				t.Errorf("%s: got %+v, %v", text, got, err)
			}
		}
	}
}

// FuzzPoint reads any text as a point, and writes it again.
func FuzzPoint(f *testing.F) {
	for _, seed := range []string{"", "17", "0", `"2026-11-21T12:00:00Z"`, "2026-11-21T12:00:00.5+01:00", "null", `"\u0031-"`, "9007199254740991"} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, text string) {
		for _, read := range []func() (store.Point, error){
			func() (store.Point, error) { return door.ParsePoint(text) },
			func() (store.Point, error) { return door.ReadPoint([]byte(text)) },
		} {
			at, err := read()

			switch {
			case err != nil:
				if fault.Of(err) != fault.CodeInvalid || at != (store.Point{}) || len(err.Error()) > 400 {
					t.Errorf("%q: got %+v, %v", text, at, err)
				}
			case at.Check() != nil || at.Version >= 1<<53:
				t.Errorf("%q: got %+v", text, at)
			case at.Version > 0:
				if again, err := door.ParsePoint(strconv.FormatUint(uint64(at.Version), 10)); err != nil || again != at {
					t.Errorf("%q: got %+v, then %+v, %v", text, at, again, err)
				}
			case !at.Time.IsZero():
				if again, err := door.ParsePoint(at.Time.Format(time.RFC3339Nano)); err != nil || !again.Time.Equal(at.Time) {
					t.Errorf("%q: got %+v, then %+v, %v", text, at, again, err)
				}
			}
		}
	})
}
