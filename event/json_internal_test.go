package event

import (
	"encoding/json"
	"strings"
	"testing"
)

func jsonSeeds() []string {
	seeds := []string{
		"", " ", "null", "nul", "nulls", "true", "false", "tru", "0", "-0", "-", "01", "1.", "1.5", ".5", "1e", "1e+", "1E-9", "-1.5e+10",
		`""`, `"`, `"a`, `"\u00e9"`, `"\u00g9"`, `"\u00`, `"\x"`, `"\`, "\"\n\"", "\"\x7f\"", "\"\xff\"", `"\ud800"`, `"\u002`,
		"[]", "[", "]", "[1,]", "[,1]", "[1 2]", "[1, 2 ]", "{}", "{", `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":1,"a":2}`, `{a:1}`, `{"a" : [ {} ] }`,
		"1 2", "null true", "\u00a0null", "\x00", "\"\x00\"", "1\x00", "[1\x00]", "{\x00}", "\ufeff1", "e", "1e5.5", "--1", "+1", `"\U0041"`, "\"\\u@123\"", "\"\\u\x10123\"",
	}
	for _, depth := range []int{10, 9999, 10000, 10001} {
		seeds = append(seeds, strings.Repeat("[", depth)+strings.Repeat("]", depth), strings.Repeat(`{"":`, depth)+"1"+strings.Repeat("}", depth))
	}

	return seeds
}

func TestValidJSON(t *testing.T) {
	t.Parallel()

	for _, text := range jsonSeeds() {
		if got, want := validJSON([]byte(text)), json.Valid([]byte(text)); got != want {
			t.Errorf("%.60q: got %v, encoding/json says %v", text, got, want)
		}
	}
}

// Nothing is JSON here that is none for encoding/json, and the other way round.
func FuzzValidJSON(f *testing.F) {
	for _, text := range jsonSeeds() {
		f.Add([]byte(text))
	}

	f.Fuzz(func(t *testing.T, text []byte) {
		if got, want := validJSON(text), json.Valid(text); got != want {
			t.Errorf("%q: got %v, encoding/json says %v", text, got, want)
		}
	})
}

func BenchmarkValidJSON(b *testing.B) {
	text := []byte(`{"id":"7f3a9c21","title":"Coffee for the whole team","author":{"name":"Ada Lovelace","role":"chair"},"labels":["urgent","design"],"votes":17,"score":4.25,"open":true,"due":"2026-11-21T10:00:00.000Z","note":"What was said in the meeting"}`)
	for name, valid := range map[string]func([]byte) bool{"event": validJSON, "encoding/json": json.Valid} {
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
