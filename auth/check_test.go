package auth_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/fault"
)

func TestCELMistakes(t *testing.T) {
	t.Parallel()

	const variables = "caller.id, caller.role, caller.claims, caller.anonymous, stream, category, id, operation, type, subject, data"

	for expression, want := range map[string]string{
		// The form.
		``:                     `expression is empty: write "true" to allow everything, "false" to refuse it`,
		` `:                    `expression is empty: write "true" to allow everything, "false" to refuse it`,
		`data.amount < 100 &&`: `expression, line 1, column 21, at its end: the expression ends too early: write the rest of it`,
		`caller.id ==`:         `expression, line 1, column 13, at its end: the expression ends too early: write the rest of it`,
		`true && (false`:       `expression, line 1, column 15, at its end: missing ')' at its end: is an operator or a bracket missing?`,
		`true false`:           `expression, line 1, column 6, at "false": extraneous input 'false': is an operator or a bracket missing?`,
		`stream == 'abc`:       `expression, line 1, column 11, at "'abc": this text does not end: close its quotes`,
		`stream == ä`:          `expression, line 1, column 11, at "ä": this means nothing here: put text between quotes`,
		"true &&\n  && true":   `expression, line 2, column 3, at "&& true": extraneous input '&&': is an operator or a bracket missing?`,
		`has(data)`:            `expression, line 1, column 5, at "data)": invalid argument to has() macro`,

		// Names of variables.
		`caler.role == 'x'`:                       `expression, line 1, column 1, at "caler.role == 'x'": no variable is called "caler.role": did you mean "caller.role"?`,
		`true && caller.rolle == 'x'`:             `expression, line 1, column 9, at "caller.rolle == 'x'": no variable is called "caller.rolle": did you mean "caller.role"?`,
		`caller.claim.org == 'x'`:                 `expression, line 1, column 1, at "caller.claim.org == 'x'": no variable is called "caller.claim": did you mean "caller.claims"?`,
		`role == 'admin'`:                         `expression, line 1, column 1, at "role == 'admin'": no variable is called "role": did you mean "caller.role"?`,
		`strem == 'x'`:                            `expression, line 1, column 1, at "strem == 'x'": no variable is called "strem": did you mean "stream"?`,
		"true\n  && data.list.all(x, x == caler)": `expression, line 2, column 28, at "caler)": no variable is called "caler": did you mean the caller? write caller.id, caller.role, caller.claims or caller.anonymous`,
		`caller == 'x'`:                           `expression, line 1, column 1, at "caller == 'x'": caller is used by its fields: write caller.id, caller.role, caller.claims or caller.anonymous`,
		`has(caller.role)`:                        `expression, line 1, column 5, at "caller.role)": caller.role is always there: compare it with something instead of asking has(caller.role)`,
		`user.id == 'x'`:                          `expression, line 1, column 1, at "user.id == 'x'": no variable is called "user.id": there are ` + variables,
		`whatever == 'x'`:                         `expression, line 1, column 1, at "whatever == 'x'": no variable is called "whatever": there are ` + variables,

		// Names of functions.
		`stream.startWith('x')`:   `expression, line 1, column 8, at "startWith('x')": no function is called "startWith": did you mean "startsWith"?`,
		`data.tags.exist(x, x)`:   `expression, line 1, column 11, at "exist(x, x)": no function is called "exist": did you mean "exists"?`,
		"true\n  && foo(1)":       `expression, line 2, column 6, at "foo(1)": no function is called "foo": there are all, bool, bytes, contains, double, duration, dyn, endsWith, exists, exists_one, filter, getDate, getDayOfMonth, getDayOfWeek, getDayOfYear, getFullYear, getHours, getMilliseconds, getMinutes, getMonth, getSeconds, has, in, int, map, matches, size, startsWith, string, timestamp, type, uint`,
		`startsWith(stream, 'x')`: `expression, line 1, column 1, at "startsWith(stream, 'x')": startsWith comes after a dot: write it as in stream.startsWith(…)`,

		// Types.
		`stream`:         `expression "stream" is of type string: it has to be true or false, so compare it with something`,
		`size(stream)`:   `expression "size(stream)" is of type int: it has to be true or false, so compare it with something`,
		`[true]`:         `expression "[true]" is of type list(bool): it has to be true or false, so compare it with something`,
		`stream < 3`:     `expression, line 1, column 8, at "< 3": < does not take (string, int): convert with int(), double() or string(), or compare with something else`,
		`stream == 3`:    `expression, line 1, column 8, at "== 3": == does not take (string, int): convert with int(), double() or string(), or compare with something else`,
		`size(true) < 3`: `expression, line 1, column 1, at "size(true) < 3": size does not take (bool): convert with int(), double() or string(), or compare with something else`,

		// Patterns.
		`stream.matches('(')`:             `expression, line 1, column 16, at "'(')": this is not a pattern: missing closing ): "("`,
		`true || matches(stream, data.p)`: `expression, line 1, column 25, at "data.p)": a pattern that is made while the guard runs could take minutes: write it out`,
		`stream.matches('a' + 'b')`:       `expression, line 1, column 20, at "+ 'b')": a pattern that is made while the guard runs could take minutes: write it out`,
		`stream.matches('a{600}b{600}')`:  `expression, line 1, column 16, at "'a{600}b{600}')": this pattern is 1202 steps long, the limit is 1000: repeat less in it`,
		`data.all(x, x.matches('[z-a]'))`: `expression, line 1, column 23, at "'[z-a]'))": this is not a pattern: invalid character class range: "z-a"`,
	} {
		guard, err := auth.CEL(expression)
		if fault.Of(err) != fault.CodeInvalid || err.Error() != want || guard != nil {
			t.Errorf("%s\n got %v (%s)\nwant %s", expression, err, fault.Of(err), want)
		}
	}
}

// TestMistakeHasItsPlace shows that a mistake can be pointed at.
func TestMistakeHasItsPlace(t *testing.T) {
	t.Parallel()

	_, err := auth.CEL("true &&\n  ('ä' == caler.id)")

	got, ok := errors.AsType[*auth.Mistake](err)
	if want := (auth.Mistake{Line: 2, Column: 11, Part: "caler.id)", Problem: `no variable is called "caler.id": did you mean "caller.id"?`}); !ok || *got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestCELMistakesAreShort shows that a long expression is not repeated.
func TestCELMistakesAreShort(t *testing.T) {
	t.Parallel()

	for _, expression := range []string{
		`strem == "` + strings.Repeat("x", 10000) + `"`,
		strings.Repeat("(", 10000) + "true",
		strings.Repeat("x", 100_001),
		strings.Repeat("true && ", 20000) + "true",
	} {
		if _, err := auth.CEL(expression); fault.Of(err) != fault.CodeInvalid || len(err.Error()) > 1000 {
			t.Errorf("%.20s… of %d bytes: %.2000v (%s)", expression, len(expression), err, fault.Of(err))
		}
	}
}

// FuzzCEL shows that no expression brings the compiler down, and that what it
// takes can be decided.
func FuzzCEL(f *testing.F) {
	for _, expression := range []string{
		`caller.role != 'viewer'`, `data.items.all(i, i.n < 100)`, `has(data.a.b) ? data.a.b : false`, `stream.matches('^m')`, `caler`, `"`, `[1, {"a": 2}]`, `a.b.c(d)`,
		`matches()`, `b"\xff" == data`, `{1: 2}[data.x]`, `data.x[?0]`, `.data.y`,
	} {
		f.Add(expression, `{"a": {"b": true}, "items": [{"n": 1}]}`)
	}

	f.Fuzz(func(t *testing.T, expression, data string) {
		guard, err := auth.CEL(expression)
		if err != nil {
			if fault.Of(err) != fault.CodeInvalid {
				t.Fatalf("%q: %v", expression, err)
			}

			return
		}

		r := &auth.Request{Operation: auth.Append, Caller: anna(), Stream: "meeting:42", Type: "x", Data: []byte(data)}
		if err := guard(t.Context(), r); err != nil && fault.Of(err) != fault.CodeForbidden {
			t.Fatalf("%q of %q: %v", expression, data, err)
		}
	})
}
