package category_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

func meetings(t *testing.T) *category.Set {
	t.Helper()

	return newSet(t, map[string]category.Declaration{
		"meeting": {
			Events: map[string]category.EventType{
				"card_added":    {Schema: []byte(cardSchema), SchemaPath: "schemas/card_added.json"},
				"card_removed":  {},
				"topic_viewed":  {Throttle: &category.Throttle{Within: 15 * time.Minute, By: []string{"actor"}, Sliding: true}},
				"topic_hovered": {Throttle: &category.Throttle{Within: time.Second}},
				"reaction_sent": {LiveOnly: true},
			},
			Signals:  []string{"cursor_moved", "typing"},
			Presence: true,
		},
		"order": {
			Events:   map[string]category.EventType{"order_noted": {}, "order_placed": {}},
			Unknown:  category.Reject,
			Commands: []string{"place", "pay"},
			Open:     []string{"order_noted"},
		},
		"strict":   {Events: map[string]category.EventType{"opened": {}}, Unknown: category.Reject},
		"$account": {},
	})
}

func TestFind(t *testing.T) {
	t.Parallel()

	set := meetings(t)
	if got, want := set.Names(), []string{"$account", "meeting", "order", "strict"}; !slices.Equal(got, want) {
		t.Errorf("names: got %q, want %q", got, want)
	}

	for _, name := range []string{"meeting", "$account", "$schedule"} {
		find(t, set, name)
	}

	for name, want := range map[string]string{
		"meting":                 `category "meting" is not declared: did you mean "meeting"?`,
		"other":                  `category "other" is not declared`,
		"account":                `category "account" is not declared`, // the system's own are nothing to point at
		"":                       `category "" is not declared`,
		strings.Repeat("x", 200): `category "` + strings.Repeat("x", 128) + `…" is not declared`,
	} {
		_, err := set.Find(name)
		wantError(t, name, err, fault.CodeNotFound, want)
	}
}

func TestMeans(t *testing.T) {
	t.Parallel()

	set := meetings(t)
	for _, c := range []struct {
		category, name string
		want           category.Meaning
		text           string
	}{
		{"meeting", "card_added", category.Event, "event"},
		{"meeting", "whatever", category.Event, "event"},
		{"meeting", "cursor_moved", category.Signal, "signal"},
		{"order", "pay", category.Command, "command"},
		{"order", "order_noted", category.Event, "event"},
		{"$account", "pay", category.Event, "event"},
	} {
		got := find(t, set, c.category).Means(c.name)
		if got != c.want || got.String() != c.text {
			t.Errorf("%s in %s: got %s, want %s", c.name, c.category, got, c.text)
		}
	}

	if got := category.Meaning(9).String(); got != "unknown" {
		t.Errorf("a meaning that is none: got %s", got)
	}
}

func TestDeclared(t *testing.T) {
	t.Parallel()

	meeting, strict := find(t, meetings(t), "meeting"), find(t, meetings(t), "strict")
	if !meeting.Presence() || strict.Presence() {
		t.Error("presence is not as declared")
	}

	if !meeting.HasLiveOnly() || strict.HasLiveOnly() {
		t.Error("one category has a live-only type, the other has none")
	}

	if !meeting.LiveOnly("reaction_sent") || meeting.LiveOnly("card_added") || meeting.LiveOnly("whatever") {
		t.Error("live-only is not as declared")
	}

	if got := meeting.Throttle("topic_viewed"); got == nil || got.Within != 15*time.Minute || !slices.Equal(got.By, []string{"actor"}) || !got.Sliding {
		t.Errorf("throttle: got %+v", got)
	}

	if got := meeting.Throttle("topic_hovered"); got == nil || !slices.Equal(got.By, []string{"actor", "subject"}) {
		t.Errorf("throttle by default: got %+v", got)
	}

	if meeting.Throttle("card_added") != nil || meeting.Throttle("whatever") != nil {
		t.Error("a throttle that was not declared")
	}
}

func TestCheckSignal(t *testing.T) {
	t.Parallel()

	set := meetings(t)
	for _, c := range []struct{ category, signal, want string }{
		{"meeting", "typing", ""},
		{"meeting", "cursor_move", `signal "cursor_move" is not declared in category meeting: did you mean "cursor_moved"?`},
		{"meeting", "card_added", `signal "card_added" is not declared in category meeting`},
		{"meeting", "", `signal "" is not declared in category meeting`},
		{"$account", "typing", `signal "typing" is not declared in category $account`},
	} {
		code := fault.CodeInvalid
		if c.want == "" {
			code = ""
		}

		wantError(t, c.signal, find(t, set, c.category).CheckSignal(c.signal), code, c.want)
	}
}

func TestCheckEvents(t *testing.T) {
	t.Parallel()

	card := event.Draft{Type: "card_added", Data: []byte(cardData)}
	set := meetings(t)
	for _, c := range []struct {
		what, category string
		drafts         []event.Draft
		code           fault.Code
		want           string
	}{
		{"none", "meeting", nil, "", ""},
		{"right", "meeting", []event.Draft{card, {Type: "card_removed"}, {Type: "whatever", Data: []byte("null")}}, "", ""},
		{"content type", "meeting", []event.Draft{{Type: "card_added", Data: []byte(cardData), ContentType: "application/vnd.card+json; charset=utf-8"}}, "", ""},
		{
			"data", "meeting",
			[]event.Draft{card, {Type: "card_added", Data: []byte(`{"id":"1","title":5}`)}},
			fault.CodeRejected, `event 2 of 2, card_added: /title: expected a string, got a number`,
		},
		{
			"alone", "meeting",
			[]event.Draft{{Type: "card_added", Data: []byte(`[]`)}},
			fault.CodeRejected, `event card_added: the data: expected an object, got an array`,
		},
		{"no data", "meeting", []event.Draft{{Type: "card_added"}}, fault.CodeRejected, `event card_added: it has no data, but its type has a schema: give it data`},
		{"no JSON", "meeting", []event.Draft{{Type: "card_added", Data: []byte("x"), ContentType: "text/plain"}}, fault.CodeRejected, `event card_added: its data is "text/plain", but its type has a schema: give it JSON`},
		{"half JSON", "meeting", []event.Draft{{Type: "card_added", Data: []byte(`{"id":`)}}, fault.CodeRejected, `event card_added: it is not JSON at byte 6: unexpected end of JSON input`},
		{"unknown", "strict", []event.Draft{{Type: "opened"}, {Type: "opend"}}, fault.CodeRejected, `event 2 of 2, opend: the type is not declared in category strict: did you mean "opened"?`},
		{"strange name", "strict", []event.Draft{{Type: "a: b\n"}}, fault.CodeRejected, `event "a: b\n": the type is not declared in category strict`},
		{"by command only", "order", []event.Draft{{Type: "order_placed"}}, fault.CodeForbidden, `event order_placed: category order takes events of this type from its commands only: dispatch pay or place`},
		{"open", "order", []event.Draft{{Type: "order_noted"}}, "", ""},
		{"system", "$account", []event.Draft{{Type: "claimed", Data: []byte("1")}}, "", ""},
	} {
		wantError(t, c.what, find(t, set, c.category).CheckEvents(c.drafts), c.code, c.want)
	}
}

func TestCheckCommand(t *testing.T) {
	t.Parallel()

	set := meetings(t)
	for _, c := range []struct{ category, command, want string }{
		{"order", "pay", ""},
		{"order", "plase", `category order has no command "plase": did you mean "place"?`},
		{"order", "order_noted", `category order has no command "order_noted"`},
		{"order", "", `category order has no command ""`},
		{"meeting", "typing", `command "typing": category meeting has no commands`},
		{"$account", "claim", `command "claim": category $account has no commands`},
		{"order", strings.Repeat("x", 200), `category order has no command "` + strings.Repeat("x", 128) + `…"`},
	} {
		code := fault.CodeNotFound
		if c.want == "" {
			code = ""
		}

		wantError(t, c.command, find(t, set, c.category).CheckCommand(c.command), code, c.want)
	}
}

func TestCheckRaw(t *testing.T) {
	t.Parallel()

	set := meetings(t)
	for _, c := range []struct{ category, typ, want string }{
		{"order", "order_noted", ""},
		{"order", "order_placed", `event order_placed: category order takes events of this type from its commands only: dispatch pay or place`},
		{"order", "", `event "": category order takes events of this type from its commands only: dispatch pay or place`},
		{"strict", "whatever", ""}, // which CheckEvents refuses
		{"meeting", "card_added", ""},
	} {
		code := fault.CodeForbidden
		if c.want == "" {
			code = ""
		}

		wantError(t, c.typ, find(t, set, c.category).CheckRaw(c.typ), code, c.want)
	}
}

// TestOpenBeside sees that a workbench keeps to what is declared in it.
func TestOpenBeside(t *testing.T) {
	t.Parallel()

	set, err := category.OpenBeside(map[string]category.Declaration{"order": {Commands: []string{"pay"}, Presence: true}})
	wantError(t, "open", err, "", "")

	order, other := find(t, set, "order"), find(t, set, "anything")
	wantError(t, "command", order.CheckCommand("pay"), "", "")
	wantError(t, "past it", order.CheckRaw("paid"), fault.CodeForbidden, `event paid: category order takes events of this type from its commands only: dispatch pay`)
	wantError(t, "signal", order.CheckSignal("typing"), fault.CodeInvalid, `signal "typing" is not declared in category order`)
	wantError(t, "other signal", other.CheckSignal("typing"), "", "")
	wantError(t, "other event", other.CheckRaw("paid"), "", "")

	_, err = category.OpenBeside(map[string]category.Declaration{"a:b": {}})
	wantError(t, "mistake", err, fault.CodeInvalid, `category "a:b": a name has no colon, which ends the category in the name of a stream: leave it out`)
}

// TestOpen sees that a workbench takes all, but not into the system's streams.
func TestOpen(t *testing.T) {
	t.Parallel()

	set := category.Open()
	anything := find(t, set, "anything")
	if !anything.Presence() || anything.HasLiveOnly() || anything.Means("cursor_moved") != category.Event {
		t.Errorf("got %+v", anything)
	}

	wantError(t, "signal", anything.CheckSignal("cursor_moved"), "", "")
	wantError(t, "no signal", anything.CheckSignal(""), fault.CodeInvalid, `signal "" is not declared in category anything`)
	wantError(t, "events", anything.CheckEvents([]event.Draft{{Type: "x", Data: []byte("1")}}), "", "")

	system := find(t, set, "$schedule")
	wantError(t, "signal of the system", system.CheckSignal("typing"), fault.CodeInvalid, `signal "typing" is not declared in category $schedule`)

	_, err := set.Find("")
	wantError(t, "no name", err, fault.CodeNotFound, `category "" is not declared`)

	if names := set.Names(); len(names) > 0 {
		t.Errorf("names: got %q", names)
	}
}
