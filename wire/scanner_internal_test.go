package wire

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
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
		if got, want := isValid([]byte(text)), json.Valid([]byte(text)); got != want {
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

	if got, want := isValid(text), json.Valid(text); got != want {
		t.Fatalf("%q: got %t, want %t", text, got, want)
	}

	s := scanner{text: text, most: jsonDepth}
	s.space()

	var want json.RawMessage
	if value, err := s.value(); err == nil {
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
