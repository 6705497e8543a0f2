package nearest_test

import (
	"testing"

	"github.com/recountdev/recount/internal/nearest"
)

func TestOf(t *testing.T) {
	t.Parallel()

	schemes := []string{"memory", "pebble"}
	for _, c := range []struct {
		word       string
		candidates []string
		want       string
	}{
		{"peble", schemes, "pebble"},
		{"pebbel", schemes, "pebble"},
		{"memroy", schemes, "memory"},
		{"Memory", schemes, "memory"},
		{"postgres", schemes, ""},
		{"", schemes, ""},
		{"x", nil, ""},
		{"meeting:42", []string{"meeting:43", "meeting:24", "meeting:421"}, "meeting:43"},
		{"meting:42", []string{"other:1", "meeting:42"}, "meeting:42"},
		{"größe", []string{"grösse", "größer"}, "größer"},
		{"ab", []string{"cd", "b"}, "b"},
	} {
		if got, found := nearest.Of(c.word, c.candidates); got != c.want || found != (c.want != "") {
			t.Errorf("nearest to %q of %q: got %q, want %q", c.word, c.candidates, got, c.want)
		}
	}
}

func BenchmarkOffer(b *testing.B) {
	s := nearest.NewSearch("meeting:42")
	b.ReportAllocs()
	for b.Loop() {
		s.Offer("meting:24")
	}
}
