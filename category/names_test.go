package category_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/fault"
)

// TestMistakes sees that all mistakes of all declarations are told at once.
func TestMistakes(t *testing.T) {
	t.Parallel()

	types := func(names ...string) map[string]category.EventType {
		m := map[string]category.EventType{}
		for _, name := range names {
			m[name] = category.EventType{}
		}

		return m
	}
	throttled := func(throttle category.Throttle) map[string]category.EventType {
		return map[string]category.EventType{"viewed": {Throttle: &throttle}}
	}

	for _, c := range []struct {
		name        string
		declaration category.Declaration
		want        []string
	}{
		{"a:b", category.Declaration{}, []string{`category "a:b": a name has no colon, which ends the category in the name of a stream: leave it out`}},
		{"", category.Declaration{}, []string{`category "": the name is empty: give it one, such as meeting`}},
		{"a\nb", category.Declaration{}, []string{`category "a\nb": stream "a\nb:1" has a control character at byte 1: leave it out`}},
		{"$own", category.Declaration{Presence: true}, []string{`category "$own": names that start with $ are the system's own: declare guards in it and nothing else, or choose another name`}},
		{"$own", category.Declaration{Guards: category.Guards{Join: auth.Allow}}, nil},
		{"m", category.Declaration{Events: types("a", "$b", "phx_join", "")}, []string{
			`category "m": events has an empty name: give it one`,
			`category "m": events "$b": names that start with $ are the system's own: choose another name`,
			`category "m": events "phx_join": names that start with phx_ belong to the protocol of channels: choose another name`,
		}},
		{"m", category.Declaration{Events: types("a"), Signals: []string{"a", "b", "b"}, Commands: []string{"b"}}, []string{
			`category "m": signals "b": stands among commands too: a name means one thing, so rename one`,
			`category "m": signals "b": stands there twice: take one out`,
			`category "m": events "a": stands among signals too: a name means one thing, so rename one`,
		}},
		{"m", category.Declaration{Open: []string{"a"}}, []string{`category "m": only a category with commands has types that are open: leave them out`}},
		{"m", category.Declaration{Events: types("noted"), Commands: []string{"do"}, Open: []string{"note"}, Unknown: category.Reject}, []string{
			`category "m": open "note": is open, but not declared, and unknown types are rejected: declare it: did you mean "noted"?`,
		}},
		{"m", category.Declaration{Unknown: 7}, []string{`category "m": 7 is neither Accept nor Reject`}},
		{"m", category.Declaration{Events: throttled(category.Throttle{})}, []string{`category "m": events "viewed": throttle within 0s: give a time such as 15m`}},
		{"m", category.Declaration{Events: throttled(category.Throttle{Within: 1, By: []string{"actors"}})}, []string{`category "m": events "viewed": throttle by "actors": did you mean "actor"? give actor, subject, or both`}},
		{"m", category.Declaration{Events: throttled(category.Throttle{Within: 1, By: []string{"type"}})}, []string{`category "m": events "viewed": throttle by "type": give actor, subject, or both`}},
	} {
		_, err := category.New(map[string]category.Declaration{c.name: c.declaration, "right": {}})
		if c.want == nil {
			wantError(t, c.name, err, "", "")

			continue
		}

		wantError(t, c.name, err, fault.CodeInvalid, strings.Join(c.want, "\n"))

		mistakes, ok := errors.AsType[category.DeclarationErrors](err)
		if !ok || len(mistakes) != len(c.want) || fault.Of(mistakes[0]) != fault.CodeInvalid {
			t.Errorf("%s: got %#v", c.name, err)
		}
	}
}
