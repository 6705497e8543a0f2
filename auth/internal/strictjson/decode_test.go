package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/recountdev/recount/auth/internal/strictjson"
)

func TestDecode(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]any{
		`null`:                        nil,
		` true `:                      true,
		`false`:                       false,
		`""`:                          "",
		`"a\u00e4\"\n"`:               "aä\"\n",
		`"\ud83d\ude00"`:              "😀",
		`"\ud800"`:                    "\ufffd",
		`"ä"`:                         "ä",
		`0`:                           int64(0),
		`-0`:                          int64(0),
		`42`:                          int64(42),
		`-7`:                          int64(-7),
		`9223372036854775807`:         int64(math.MaxInt64),
		`9223372036854775808`:         float64(1 << 63),
		`1.0`:                         1.0,
		`1e2`:                         100.0,
		`1E-2`:                        0.01,
		`1e-999`:                      0.0,
		`[]`:                          []any{},
		`[1, "a", [null]]`:            []any{int64(1), "a", []any{nil}},
		`{}`:                          map[string]any{},
		`{"a": 1, "b": {"a": [2.5]}}`: map[string]any{"a": int64(1), "b": map[string]any{"a": []any{2.5}}},
		`{"A": 1, "a": 2}`:            map[string]any{"A": int64(1), "a": int64(2)},
	} {
		got, err := strictjson.Decode([]byte(text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Decode(%s) = %#v, %v, want %#v", text, got, err, want)
		}
	}
}

func TestDecodeSaysWhere(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		``:                         "byte 1: unexpected end of JSON input",
		`-`:                        "byte 1: invalid character ' ' in numeric literal",
		`+1`:                       "byte 1: invalid character '+' looking for beginning of value",
		`01`:                       "byte 2: invalid character '1' after top-level value",
		`1.`:                       "byte 2: invalid character ' ' after decimal point in numeric literal",
		`1e+x`:                     "byte 4: invalid character 'x' in exponent of numeric literal",
		`1e999`:                    "byte 1: this number is too large: stay below 1.8e308",
		`nul`:                      "byte 3: invalid character ' ' in literal null (expecting 'l')",
		`truth`:                    "byte 4: invalid character 't' in literal true (expecting 'e')",
		`{} x`:                     "byte 4: invalid character 'x' after top-level value",
		`"abc`:                     "byte 4: unexpected end of JSON input",
		`"\x"`:                     "byte 3: invalid character 'x' in string escape code",
		`"\u12g4"`:                 `byte 6: invalid character 'g' in \u hexadecimal character escape`,
		"\"a\nb\"":                 `byte 3: invalid character '\n' in string literal`,
		"[\"\xff\"]":               "byte 3: this is not UTF-8",
		`[1 2]`:                    "byte 4: invalid character '2' after array element",
		`[1,]`:                     "byte 4: invalid character ']' looking for beginning of value",
		`{"a" 1}`:                  "byte 6: invalid character '1' after object key",
		`{a: 1}`:                   "byte 2: invalid character 'a' looking for beginning of object key string",
		`{"a":1,}`:                 "byte 8: invalid character '}' looking for beginning of object key string",
		`{"a":1,"a":2}`:            `byte 8: "a" stands here again: give it once`,
		`{"a":1,"\u0061":2}`:       `byte 8: "a" stands here again: give it once`,
		`[{"b":{"a":1,"a":1}}]`:    `byte 14: "a" stands here again: give it once`,
		strings.Repeat("[", 10001): "byte 10001: values are nested deeper than 10000: flatten them",
	} {
		_, err := strictjson.Decode([]byte(text))
		if place, ok := errors.AsType[*strictjson.Error](err); !ok || place.Error() != want {
			t.Errorf("Decode(%.40q) failed with %v, want %s", text, err, want)
		}
	}
}

func TestMember(t *testing.T) {
	t.Parallel()

	for _, c := range []struct{ text, name, want string }{
		{`{"a": 1 , "b": {"a": 2}}`, "a", "1"},
		{` {"a": 1, "b": {"a": 2} } `, "b", `{"a": 2}`},
		{`{"\u0061": "x"}`, "a", `"x"`},
		{`{"a": null}`, "a", `null`},
		{`{"a": 1}`, "A", ""},
		{`{"b": {"a": 1, "a": 2}}`, "a", ""},
		{`{"": 1}`, "", "1"},
		{`{}`, "a", ""},
		{`[{"a": 1}]`, "a", ""},
		{`"a"`, "a", ""},
	} {
		from, to, err := strictjson.Member([]byte(c.text), c.name)
		if err != nil || c.text[from:to] != c.want {
			t.Errorf("Member(%s, %q) = %s, %v, want %s", c.text, c.name, c.text[from:to], err, c.want)
		}
	}
}

// TestMemberReadsToTheEnd shows that what stands behind the member counts.
func TestMemberReadsToTheEnd(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		`{"a": 1, "b": 2, "a": 3}`:        `byte 18: "a" stands here again: give it once`,
		`{"a": 1, "\u0061": 3}`:           `byte 10: "a" stands here again: give it once`,
		`{"a": 1, "b": tru}`:              "byte 18: invalid character '}' in literal true (expecting 'e')",
		`{"a": 1} {"a": 2}`:               "byte 10: invalid character '{' after top-level value",
		`{"a": 1`:                         "byte 7: unexpected end of JSON input",
		`{"a": 1, "b": "` + "\xc3" + `"}`: "byte 16: this is not UTF-8",
		`{"a" 1}`:                         "byte 6: invalid character '1' after object key",
		`[1`:                              "byte 2: unexpected end of JSON input",
	} {
		from, to, err := strictjson.Member([]byte(text), "a")
		if err == nil || err.Error() != want || from != 0 || to != 0 {
			t.Errorf("Member(%q) = %d, %d, %v, want %s", text, from, to, err, want)
		}
	}
}

// FuzzDecode holds the package against encoding/json.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{
		`{"a":[1,2.5,-3e7,"x\u00e4",null,true,false,{}],"b":{"a":1}}`, `{"a":1,"a":2}`, `"\ud800"`, `1e999`, "[\"\xff\"]", `[[[`, ` 12 `, `-0`,
	} {
		f.Add([]byte(text), "a")
	}

	f.Fuzz(func(t *testing.T, text []byte, name string) {
		got, err := strictjson.Decode(text)
		if err != nil {
			if place, ok := errors.AsType[*strictjson.Error](err); !ok || place.Problem == "" || place.Offset < 0 || place.Offset > len(text) {
				t.Fatalf("Decode(%q) failed with %#v", text, err)
			}

			return
		}

		if !utf8.Valid(text) {
			t.Fatalf("Decode(%q) took what is not UTF-8", text)
		}

		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()

		var want any
		if err := decoder.Decode(&want); err != nil {
			t.Fatalf("Decode(%q) took it, encoding/json says %v", text, err)
		}

		if !same(got, want) {
			t.Fatalf("Decode(%q) = %#v, want %#v", text, got, want)
		}

		checkMember(t, text, name, got)
	})
}

// checkMember holds Member against the decoded value.
func checkMember(t *testing.T, text []byte, name string, whole any) {
	t.Helper()

	from, to, err := strictjson.Member(text, name)
	if err != nil {
		t.Fatalf("Member(%q, %q) failed with %v", text, name, err)
	}

	object, _ := whole.(map[string]any)

	want, has := object[name]
	if has != (to > 0) {
		t.Fatalf("Member(%q, %q) = %d, %d", text, name, from, to)
	}

	if !has {
		return
	}

	if value, err := strictjson.Decode(text[from:to]); err != nil || !reflect.DeepEqual(value, want) {
		t.Fatalf("Member(%q, %q) = %q, %v, want %#v", text, name, text[from:to], err, want)
	}
}

// same compares a value with the one that encoding/json read, with numbers as
// they stand in the text.
func same(got, want any) bool {
	switch want := want.(type) {
	case json.Number:
		f, err := want.Float64()
		if i, ok := got.(int64); ok {
			n, err := want.Int64()
			return err == nil && n == i
		}

		return err == nil && got == f
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return false
		}

		for i := range list {
			if !same(list[i], want[i]) {
				return false
			}
		}

		return true
	case map[string]any:
		members, ok := got.(map[string]any)
		if !ok || len(members) != len(want) {
			return false
		}

		for name, value := range members {
			other, has := want[name]
			if !has || !same(value, other) {
				return false
			}
		}

		return true
	default:
		return got == want
	}
}
