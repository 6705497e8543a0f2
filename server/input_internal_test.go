package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/recountdev/recount/fault"
)

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		`k-1`:                                   "k-1",
		` 6f1b4d5e-3c2a-4f0e-9d8c-7b6a59483726`: "6f1b4d5e-3c2a-4f0e-9d8c-7b6a59483726",
		`"k 1"`:                                 "k 1",
		`"a\"b\\c,;d"`:                          `a"b\c,;d`,
		`a:b/c=`:                                "a:b/c=",
		``:                                      "",
		`""`:                                    "",
		`"a`:                                    "",
		`"a"b`:                                  "",
		`"a";x=1`:                               "",
		`"a\`:                                   "",
		`"a\n"`:                                 "",
		"\"a\tb\"":                              "",
		`"ü"`:                                   "",
		`ü`:                                     "",
		`a b`:                                   "",
		`a,b`:                                   "",
		`a"b`:                                   "",
		`a;b`:                                   "",
		`a\b`:                                   "",
		"a\x7f":                                 "",
	} {
		got, err := idempotencyKey(http.Header{"Idempotency-Key": {text}})
		if got != want || (want == "") != (fault.Of(err) == fault.CodeInvalid) {
			t.Errorf("%s: got %q, %v, want %q", text, got, err, want)
		}
	}

	if got, err := idempotencyKey(http.Header{}); got != "" || err != nil {
		t.Errorf("none: got %q, %v", got, err)
	}

	if _, err := idempotencyKey(http.Header{"Idempotency-Key": {"a", "a"}}); fault.Of(err) != fault.CodeInvalid {
		t.Errorf("two: got %v", err)
	}
}

// FuzzIdempotencyKey reads any key, and writes it again in quotes.
func FuzzIdempotencyKey(f *testing.F) {
	for _, seed := range []string{`k-1`, `"k 1"`, `"a\"b\\c"`, `"`, `"\`, "", " ", `""`, "ü"} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, text string) {
		key, err := idempotencyKey(http.Header{"Idempotency-Key": {text}})
		if err != nil {
			if fault.Of(err) != fault.CodeInvalid || key != "" || len(err.Error()) > 800 {
				t.Errorf("%q: got %q, %v", text, key, err)
			}

			return
		}

		if key == "" || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q: got %q", text, key)
		}

		quoted := `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(key) + `"`
		if again, err := idempotencyKey(http.Header{"Idempotency-Key": {quoted}}); err != nil || again != key {
			t.Errorf("%q: got %q, then %q, %v", text, key, again, err)
		}
	})
}
