package auth_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// anna may do some things.
func anna() *auth.Caller {
	return &auth.Caller{
		ID:   "anna",
		Role: "editor",
		Claims: map[string]any{
			"sub": "anna", "level": int64(3), "score": 2.5, "vip": true, "none": nil,
			"teams":             []any{"42", "43"},
			"org":               map[string]any{"name": "acme"},
			"https://acme/plan": "gold",
		},
	}
}

// decide asks an expression about an append by anna to meeting:42.
func decide(t *testing.T, expression, data string) error {
	t.Helper()

	return decideOf(t, expression, &auth.Request{
		Operation: auth.Append, Caller: anna(), Stream: "meeting:42", Type: "card_added", Subject: "card-7", Data: []byte(data),
	})
}

func decideOf(t *testing.T, expression string, r *auth.Request) error {
	t.Helper()

	guard, err := auth.CEL(expression)
	if err != nil {
		t.Fatal(err)
	}

	return guard(t.Context(), r)
}

func TestCELVariables(t *testing.T) {
	t.Parallel()

	for _, expression := range []string{
		`true`, ` true `, "(true)", "true // for now",
		`caller.id == "anna"`,
		`caller.role != 'viewer'`,
		`caller.role in ["editor", "admin"]`,
		`!caller.anonymous`,
		`stream == "meeting:42"`,
		`category == "meeting" && id == "42"`,
		`operation == "append"`,
		`type == "card_added" && subject == "card-7"`,
		`type.startsWith("card_")`,
		`id.matches("^[0-9]+$")`,
		`!id.startsWith(caller.id + "~") && (caller.id + "~plans").startsWith(caller.id + "~")`,
		`matches(id, "4")`,
		`caller.claims.vip`,
		`caller.claims["https://acme/plan"] == "gold"`,
		`caller.claims.org.name == "acme"`,
		`caller.claims.level == 3 && caller.claims.score > 2`,
		`caller.claims.none == null`,
		`caller.claims.teams.exists(team, team == id)`,
		`id in caller.claims.teams`,
		`!has(caller.claims.missing)`,
		`has(caller.claims.vip) && !("x" in caller.claims)`,
		`size(caller.claims.teams) == 2`,
		`caller.id == "anna" ? type != "x" : false`,
	} {
		if err := decide(t, expression, `{"title": "x"}`); err != nil {
			t.Errorf("%s: %v", expression, err)
		}
	}

	for _, expression := range []string{`false`, ` false`, `(false)`, `caller.role == "admin"`, `caller.anonymous`, `caller.claims.level > 3`} {
		err := decide(t, expression, "")
		if want := `append of "card_added" to "meeting:42" is forbidden: the guard says no to "anna", whose role is "editor"`; fault.Of(err) != fault.CodeForbidden || err.Error() != want {
			t.Errorf("%s: got %v, want %s", expression, err, want)
		}
	}
}

// TestCELNobody shows that a request without a caller is one by nobody.
func TestCELNobody(t *testing.T) {
	t.Parallel()

	for _, r := range []auth.Request{
		{Operation: auth.Watch, Stream: "meeting:*"},
		{Operation: auth.Watch, Stream: "meeting:*", Caller: &auth.Caller{}},
	} {
		expression := `caller.id == "" && caller.role == "" && !caller.anonymous && size(caller.claims) == 0 && !has(caller.claims.x) && id == "*" && type == "" && subject == "" && data == null`
		if err := decideOf(t, expression, &r); err != nil {
			t.Error(err)
		}
	}
}

// TestCELNumbers shows that numbers of JSON compare as people expect.
func TestCELNumbers(t *testing.T) {
	t.Parallel()

	for _, c := range []struct{ expression, data string }{
		{`data.amount < 100`, `{"amount": 5}`},
		{`data.amount < 100`, `{"amount": 5.5}`},
		{`data.amount < 100`, `{"amount": 5.0}`},
		{`data.amount < 100`, `{"amount": -1e3}`},
		{`data.amount <= 99.5`, `{"amount": 99}`},
		{`data.amount == 100`, `{"amount": 100.0}`},
		{`data.amount == 100.0`, `{"amount": 100}`},
		{`data.amount != 100`, `{"amount": "100"}`},
		{`data.amount in [1, 2, 3]`, `{"amount": 2.0}`},
		{`data.amount > 1u`, `{"amount": 2}`},
		{`data.amount * 2 == 10`, `{"amount": 5}`},
		{`data.amount * 2.0 < 12`, `{"amount": 5.5}`},
		{`double(data.amount) * 1.5 < 10`, `{"amount": 5}`},
		{`double(data.amount) * 1.5 < 10`, `{"amount": 5.5}`},
		{`int(data.amount) == 5`, `{"amount": 5.5}`},
		{`data.amount % 2 == 1`, `{"amount": 5}`},
		{`data.amount == 9007199254740993`, `{"amount": 9007199254740993}`},
		{`data.amount > 9223372036854775807`, `{"amount": 1e30}`},
		{`data.list[data.at] == "b"`, `{"list": ["a", "b"], "at": 1}`},
		{`data.amount < data.limit`, `{"amount": 5, "limit": 5.5}`},
		{`data == 7`, `7`},
		{`data > 7`, ` 7.5`},
	} {
		if err := decide(t, c.expression, c.data); err != nil {
			t.Errorf("%s of %s: %v", c.expression, c.data, err)
		}
	}
}

func TestCELData(t *testing.T) {
	t.Parallel()

	for _, c := range []struct{ expression, data string }{
		{`data.title == "x"`, `{"title": "x"}`},
		{`data.title == "x"`, ` {"t\u0069tle": "\u0078"} `},
		{`data["title"] == "x"`, `{"title": "x"}`},
		{`data.a.b.c == [1, {"d": null}]`, `{"a": {"b": {"c": [1, {"d": null}]}}}`},
		{`data == {"a": {"b": 1}}`, `{"a": {"b": 1.0}}`},
		{`{"a": {"b": 1}} == data`, `{"a": {"b": 1.0}}`},
		{`data.a == data.b`, `{"a": {"x": 1, "y": 2}, "b": {"y": 2, "x": 1}}`},
		{`data.a != data.b`, `{"a": {"x": 1}, "b": {"x": 1, "y": 2}}`},
		{`data in [{"a": 1}]`, `{"a": 1}`},
		{`has(data.a) && !has(data.b)`, `{"a": null}`},
		{`has(data.a.b) && !has(data.a.c)`, `{"a": {"b": 1}}`},
		{`"a" in data && !("b" in data) && !(1 in data)`, `{"a": 1}`},
		{`size(data) == 2`, `{"a": 1, "b": 2}`},
		{`data.all(name, data[name] < 3)`, `{"a": 1, "b": 2}`},
		{`data.exists(name, name == "b")`, `{"a": 1, "b": 2}`},
		{`data.all(item, item.n > 0)`, `[{"n": 1}, {"n": 2}]`},
		{`data.items.filter(i, i.done).size() == 1`, `{"items": [{"done": true}, {"done": false}]}`},
		{`data.items.map(i, i.n) == [1, 2]`, `{"items": [{"n": 1}, {"n": 2}]}`},
		{`size(data.title) <= 3`, `{"title": "äöü"}`},
		{`data.ok`, `{"ok": true}`},
		{`data == null`, ``},
		{`data == null`, `null`},
		{`data.a == null`, `{"a": null}`},
		{`data == "x"`, `"x"`},
		{`type(data) == map && type(data.a) == int`, `{"a": 1}`},
		{`string(data.a) == "1"`, `{"a": 1}`},
		{`data.a1 + data.a2 + data.a3 + data.a4 + data.a5 + data.a6 + data.a7 + data.a8 + data.a9 == 45`, `{"a1":1,"a2":2,"a3":3,"a4":4,"a5":5,"a6":6,"a7":7,"a8":8,"a9":9}`},
	} {
		if err := decide(t, c.expression, c.data); err != nil {
			t.Errorf("%s of %s: %v", c.expression, c.data, err)
		}
	}
}

// TestCELReadsDataOnDemand shows that nobody looks at data that the expression
// does not come to.
func TestCELReadsDataOnDemand(t *testing.T) {
	t.Parallel()

	for _, expression := range []string{`true`, `caller.id == "anna"`, `caller.role == "editor" || data.amount < 100`, `caller.role == "editor" ? true : data.ok`} {
		if err := decide(t, expression, `{"amount": this is not JSON`); err != nil {
			t.Errorf("%s: %v", expression, err)
		}
	}
}

func TestCELRefusesAndSaysWhy(t *testing.T) {
	t.Parallel()

	const prefix = `append of "card_added" to "meeting:42" is forbidden: `

	for _, c := range []struct{ expression, data, want string }{
		{`data.amount < 100`, `{}`, "its guard failed: no such key: amount"},
		{`data.amount < 100`, ``, "its guard failed: no such key: amount"},
		{`data.a.b.c < 100`, `{"a": {}}`, "its guard failed: no such key: b"},
		{`data["amount"] < 100`, `{"x": 1}`, "its guard failed: no such key: amount"},
		{`data[data.x] < 100`, `{"x": "y"}`, "its guard failed: no such key: y"},
		{`data.amount < 100`, `{"amount": "5"}`, "its guard failed: no such overload"},
		{`data.amount * 2 < 100`, `{"amount": 5.5}`, "its guard failed: no such overload"},
		{`data.a / data.b == 1`, `{"a": 1, "b": 0}`, "its guard failed: division by zero"},
		{`data.items[3] == 1`, `{"items": []}`, "its guard failed: index out of bounds: 3"},
		{`data.ok`, `{"ok": "yes"}`, "the value of its guard is of type string, not true or false"},
		{`caller.claims.level`, ``, "the value of its guard is of type int, not true or false"},
		{`data`, ``, "the value of its guard is of type null_type, not true or false"},
		{`data.amount < 100`, `{"amount": 5`, "its guard cannot read the data: byte 12: unexpected end of JSON input"},
		{`data.amount < 100`, `{"amount": 5, "amount": 500}`, `its guard cannot read the data: byte 15: "amount" stands here again: give it once`},
		{`data.amount < 100`, `{"amount": 5, "\u0061mount": 500}`, `its guard cannot read the data: byte 15: "amount" stands here again: give it once`},
		{`data.amount < 100 || true`, `{"amount": 500, "amount": 5}`, `its guard cannot read the data: byte 17: "amount" stands here again: give it once`},
		{`has(data.amount) || true`, `{"amount": 500, "amount": 5}`, `its guard cannot read the data: byte 17: "amount" stands here again: give it once`},
		{`data.all(x, true) || true`, `{"amount": 500, "amount": 5}`, `its guard cannot read the data: byte 17: "amount" stands here again: give it once`},
		{`data == 1`, `1 2`, "its guard cannot read the data: byte 3: invalid character '2' after top-level value"},
		{`data.a == 1`, `{"a": 1, "b": "` + "\xff" + `"}`, "its guard cannot read the data: byte 16: this is not UTF-8"},
		{`data.b.c == 1`, `{"a": 1, "b": {"c": 1, "c": 2}}`, `its guard cannot read the data: byte 24: "c" stands here again: give it once`},
		{`data.b == {}`, `{"a": 1, "b": {"c": 1, "c": 2}}`, `its guard cannot read the data: byte 24: "c" stands here again: give it once`},
		{`data.a == 1e308`, `{"a": 1e999}`, "its guard cannot read the data: byte 7: this number is too large: stay below 1.8e308"},
	} {
		err := decide(t, c.expression, c.data)
		if fault.Of(err) != fault.CodeForbidden || err.Error() != prefix+c.want {
			t.Errorf("%s of %s: got %v (%s), want %s", c.expression, c.data, err, fault.Of(err), c.want)
		}
	}
}

// TestCELClaimsOfAFunc shows that claims need not come from JSON.
func TestCELClaimsOfAFunc(t *testing.T) {
	t.Parallel()

	r := &auth.Request{Operation: auth.Join, Stream: "meeting:42", Caller: &auth.Caller{ID: "anna", Claims: map[string]any{
		"teams": []string{"42"}, "level": 3, "limits": map[string]int{"cards": 7}, "nothing": map[string]string(nil), "ratio": float32(0.5),
	}}}

	expression := `id in caller.claims.teams && caller.claims.teams.all(x, x in caller.claims.teams) && caller.claims.level == 3 && caller.claims.limits.cards > 6 && caller.claims.ratio < 1`
	if err := decideOf(t, expression, r); err != nil {
		t.Error(err)
	}
}

// TestCELEndsWithItsContext shows that nobody decides for who is gone.
func TestCELEndsWithItsContext(t *testing.T) {
	t.Parallel()

	guard, err := auth.CEL(`caller.id != ""`)
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	if err := guard(ctx, &auth.Request{Caller: anna()}); fault.Of(err) != fault.CodeUnavailable {
		t.Errorf("got %v, want the context's error", err)
	}
}

// TestCELConcurrently shows that requests do not see each other's values.
func TestCELConcurrently(t *testing.T) {
	t.Parallel()

	guard, err := auth.CEL(`data.owner == caller.id && data.tags.exists(x, x == id)`)
	if err != nil {
		t.Fatal(err)
	}

	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for n := range 200 {
				name := fmt.Sprintf("u%d-%d", i, n)
				r := &auth.Request{
					Operation: auth.Append, Stream: event.Stream("meeting:" + name), Caller: &auth.Caller{ID: name},
					Data: fmt.Appendf(nil, `{"owner": %q, "tags": ["x", %q]}`, name, name),
				}

				if err := guard(t.Context(), r); err != nil {
					t.Error(err)
					return
				}

				r.Caller = &auth.Caller{ID: strings.ToUpper(name)}
				if fault.Of(guard(t.Context(), r)) != fault.CodeForbidden {
					t.Error("a guard let pass what it should not")
					return
				}
			}
		})
	}

	wait.Wait()
}
