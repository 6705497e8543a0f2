package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/internal/jsonscan"
)

func scannerSeeds() []string {
	seeds := []string{
		"", " ", "null", "nul", "nulls", "true", "false", "tru", "0", "-0", "-", "01", "1.", "1.5", ".5", "1e", "1e+", "1E-9", "-1.5e+10",
		`""`, `"`, `"a`, `"\u00e9"`, `"\u00g9"`, `"\u00`, `"\x"`, `"\`, "\"\n\"", "\"\x7f\"", "\"\xff\"", `"\ud800"`, `"\u002`, `"\/\b\f\n\r\t\\\""`,
		"[]", "[", "]", "}", "[}", "{]", "[1,]", "[,1]", "[1 2]", "[1, 2 ]", "{}", "{", "{,}", `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":1,"a":2}`, `{a:1}`, `{"a" : [ {} ] }`,
		`[[],{},[{}],{"a":[]}]`, `[{"a":1]}`, `{"a":[1}]`, `{"a":1 "b":2}`, `{"a":1,2}`, `[1:2]`, `{1:2}`, "[[]", "[]]", "{}}", "[] []", ",", ":",
		"1 2", "null true", "\u00a0null", "\x00", "\"\x00\"", "1\x00", "[1\x00]", "{\x00}", "\ufeff1", "e", "1e5.5", "--1", "+1", `"\U0041"`, "\"\\u@123\"", "\"\\u\x10123\"",
	}
	for _, depth := range []int{10, 63, 64, 65, 9999, 10000, 10001} {
		seeds = append(seeds, strings.Repeat("[", depth)+strings.Repeat("]", depth), strings.Repeat(`{"":`, depth)+"{}"+strings.Repeat("}", depth))
	}

	for i := range 20 { // a quote, a backslash and a control character at every place of eight
		for _, c := range []string{`"`, `\`, `\"`, "\x1f", "\x00", "\u00e9", "!", "[", "\xa2", "\xdc", "\x80", "\xff"} {
			seeds = append(seeds, `"`+strings.Repeat("a", i)+c+strings.Repeat("b", 20-i)+`"`, `"`+strings.Repeat("a", i)+c+strings.Repeat(`"`, 20-i))
		}
	}

	return seeds
}

// TestScanner holds the scanner against encoding/json.
func TestScanner(t *testing.T) {
	t.Parallel()

	for _, text := range scannerSeeds() {
		if got, want := jsonscan.Valid([]byte(text)), json.Valid([]byte(text)); got != want {
			t.Errorf("%.80q: got %t, want %t", text, got, want)
		}
	}
}

// TestScannerPlaces draws text that is nearly JSON, and checks both that it is
// judged right and that each value ends where encoding/json ends it.
func TestScannerPlaces(t *testing.T) {
	t.Parallel()

	pieces := rapid.SliceOfN(rapid.SampledFrom([]string{
		"{", "}", "[", "]", ",", ":", `"`, `\`, `"a"`, `"a":`, "1", "-", ".", "e", "true", "null", " ", "\n", `"\u0041"`, "é", "longer text", "\x01",
	}), 0, 12)

	rapid.Check(t, func(t *rapid.T) {
		text := []byte(strings.Join(pieces.Draw(t, "pieces"), ""))
		checkScanner(t, text)
		checkScanner(t, []byte("["+string(text)+"]"))
	})
}

func checkScanner(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, text []byte,
) {
	t.Helper()

	if got, want := jsonscan.Valid(text), json.Valid(text); got != want {
		t.Fatalf("%q: got %t, want %t", text, got, want)
	}

	s := jsonscan.New(text, jsonscan.MaxDepth)

	var want json.RawMessage
	if value, err := s.Value(); err == nil {
		if json.NewDecoder(bytes.NewReader(text)).Decode(&want) != nil || !bytes.Equal(value, want) {
			t.Fatalf("%q: got the value %q, want %q", text, value, want)
		}
	}
}

func FuzzScanner(f *testing.F) {
	for _, text := range scannerSeeds() {
		f.Add([]byte(text))
	}

	f.Fuzz(func(t *testing.T, text []byte) { checkScanner(t, text) })
}

// TestWalk walks into arrays and objects, of which it sees each name and value.
func TestWalk(t *testing.T) {
	t.Parallel()

	text := []byte(` {"a": [1, "x"] , "\u0062":{"c":null}} `)
	s := jsonscan.New(text, 2)

	var got []string
	err := s.Object(func(at int, quoted []byte) error {
		got = append(got, fmt.Sprintf("%d %s", at, quoted))
		if s.Peek() == '[' {
			return s.Array(func() error {
				value, err := s.Value()
				got = append(got, fmt.Sprintf("%d %s", s.Place(), value))

				return err
			})
		}

		value, err := s.Value()
		got = append(got, string(value))

		return err
	})
	if err == nil {
		err = s.End()
	}

	want := []string{`2 "a"`, `9 1`, `14 "x"`, `18 "\u0062"`, `{"c":null}`}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

// TestDepth reaches the limit in every way that leads inwards.
func TestDepth(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]error{"[[1]]": nil, `[{"a":1}]`: nil, "[[[1]]]": jsonscan.ErrDepth, `[[{"a":1}]]`: jsonscan.ErrDepth, "[[1}": jsonscan.ErrSyntax} {
		if s := jsonscan.New([]byte(text), 2); !errors.Is(s.Whole(), want) {
			t.Errorf("Whole of %s: not %v", text, want)
		}

		s := jsonscan.New([]byte(text), 2)

		var deeper func() error

		deeper = func() error {
			switch s.Peek() {
			case '[':
				return s.Array(deeper)
			case '{':
				return s.Object(func(int, []byte) error { return deeper() })
			default:
				_, err := s.Value()

				return err
			}
		}

		if err := deeper(); !errors.Is(err, want) {
			t.Errorf("by steps into %s: %v, want %v", text, err, want)
		}
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()

	if err := jsonscan.Explain([]byte(`{"a": 1}`)); err != nil {
		t.Errorf("what is wrong with JSON is %v", err)
	}

	if err := jsonscan.Explain([]byte(`{"a" 1}`)); err == nil || err.Offset != 6 || err.Error() != "invalid character '1' after object key" {
		t.Errorf("got %v", err)
	}

	for text, want := range map[string]int{"": 0, "aä": 3, "a\xffb": 1, "ä\xc3": 2} {
		if got := jsonscan.ValidPrefix([]byte(text)); got != want {
			t.Errorf("%q is UTF-8 up to %d, want %d", text, got, want)
		}
	}
}

func BenchmarkValid(b *testing.B) {
	text := []byte(`{"id":"7f3a9c21","title":"Coffee for the whole team","author":{"name":"Ada Lovelace","role":"chair"},"labels":["urgent","design"],"votes":17,"score":4.25,"open":true,"due":"2026-11-21T10:00:00.000Z","note":"What was said in the meeting"}`)
	for name, valid := range map[string]func([]byte) bool{"jsonscan": jsonscan.Valid, "encoding/json": json.Valid} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if !valid(text) {
					b.Fatal("not valid")
				}
			}
		})
	}
}
