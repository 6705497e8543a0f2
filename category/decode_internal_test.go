package category

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func decodeSeeds() []string {
	seeds := []string{
		"", " ", "null", "nul", "nulls", "true", "false", "0", "-0", "-", "01", "1.", "1.5", ".5", "1e", "1e+", "1E-9", "-1.5e+10",
		`""`, `"`, `"a`, `"\u00e9\n\/"`, `"\u00g9"`, `"\x"`, `"\`, `"\"`, `"\\"`, "\"\n\"", "\"\x7f\"", "\"\xff\"", `"\ud800"`, `"\ud83d\ude00"`,
		"[]", "[", "]", "[1,]", "[,1]", "[1 2]", "[1, 2 ]", "{}", "{", `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":1,"a":2}`, `{a:1}`, `{"a" : [ {} ] }`, `{"\u0061":1}`,
		"1 2", "null true", "\u00a0null", "\x00", "1\x00", "\ufeff1", "e", "--1", "+1", cardText,
	}
	for _, depth := range []int{10, 63, 64} {
		seeds = append(seeds, strings.Repeat("[", depth)+strings.Repeat("]", depth), strings.Repeat(`{"":`, depth)+"1"+strings.Repeat("}", depth))
	}

	return seeds
}

const cardText = `{"id":"7f3a","title":"Coff\u00e9e","author":{"name":"Ada"},"labels":["urgent",null],"votes":17,"score":-4.25e3,"open":true}`

// reference decodes by encoding/json.
func reference(text []byte) (any, bool) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()

	var value any
	if !json.Valid(text) || !utf8.Valid(text) || decoder.Decode(&value) != nil {
		return nil, false
	}

	return value, true
}

func compareWithReference(t *testing.T, text []byte) {
	t.Helper()

	got, err := decode(text)
	if err != nil && strings.Contains(err.Error(), "to be checked") {
		return
	}

	want, valid := reference(text)
	if valid != (err == nil) || !reflect.DeepEqual(got, want) {
		t.Errorf("%.60q: got %v, error %v, encoding/json has %v, valid %v", text, got, err, want, valid)
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()

	for _, text := range decodeSeeds() {
		compareWithReference(t, []byte(text))
	}
}

// Nothing is JSON here that is none for encoding/json, and the other way round.
func FuzzDecode(f *testing.F) {
	for _, text := range decodeSeeds() {
		f.Add([]byte(text))
	}

	f.Fuzz(compareWithReference)
}

func TestLongNumbers(t *testing.T) {
	t.Parallel()

	nines := strings.Repeat("9", 400)
	for _, text := range []string{nines, "1e400", "1e-400", "-1.5E+0000400", "1e0"} {
		if _, err := decode([]byte(text)); err != nil {
			t.Errorf("%.40s: %v", text, err)
		}
	}

	for _, text := range []string{nines + "9", "1e401", "1E-999999999", "[1, 1e99999999999999999999999]", `{"a":1e1000000}`} {
		if _, err := decode([]byte(text)); err == nil || !strings.Contains(err.Error(), "is too long to be checked") {
			t.Errorf("%.40s: got error %v", text, err)
		}
	}
}

func TestDeepNesting(t *testing.T) {
	t.Parallel()

	for _, text := range []string{
		strings.Repeat("[", 65) + strings.Repeat("]", 65),
		strings.Repeat("[", 1<<20),
		strings.Repeat(`{"a":`, 65),
	} {
		if _, err := decode([]byte(text)); err == nil || !strings.Contains(err.Error(), "nested deeper than 64 levels") {
			t.Errorf("%.40s: got error %v", text, err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	text := []byte(cardText)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(text); err != nil {
			b.Fatal(err)
		}
	}
}
