package weigh_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/internal/weigh"
)

type link struct {
	next *link
	text string
}

// chain returns links that point at each other.
func chain(n int) *link {
	var first *link
	for range n {
		first = &link{next: first, text: strings.Repeat("x", 10)}
	}

	return first
}

func ring() *link {
	l := &link{text: "abc"}
	l.next = l

	return l
}

func TestOf(t *testing.T) {
	t.Parallel()

	word := int64(reflect.TypeFor[uintptr]().Size())
	shared := make([]byte, 1000)

	for name, c := range map[string]struct {
		value any
		want  int64
	}{
		"a number":          {int32(7), 4},
		"a text":            {"hello", 2*word + 5},
		"bytes":             {make([]byte, 10, 100), 3*word + 100},
		"nothing in it":     {struct{}{}, 0},
		"a pointer":         {&[4]int64{}, word + 32},
		"no pointer":        {(*int)(nil), word},
		"no slice":          {[]string(nil), 3 * word},
		"no map":            {map[string]int(nil), word},
		"texts":             {[]string{"a", "bc"}, 3*word + 2*2*word + 3},
		"an array":          {[2]string{"a", "bc"}, 4*word + 3},
		"a struct":          {struct{ A, b string }{"x", "yz"}, 4*word + 3},
		"an interface":      {[]any{"abc", nil}, 3*word + 4*word + 2*word + 3},
		"a ring":            {ring(), word + 3*word + 3},
		"the same twice":    {[][]byte{shared, shared}, 3*word + 6*word + 1000},
		"a chain":           {chain(3), word + 3*(3*word+10)},
		"a function":        {func() {}, word},
		"a channel":         {make(chan int, 10), word},
		"a pointer to both": {&struct{ A, B *int64 }{new(int64), new(int64)}, word + 2*word + 16},
	} {
		if got, _ := weigh.Of(c.value); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}

// A map weighs its entries, and a little more for each.
func TestOfMap(t *testing.T) {
	t.Parallel()

	entries := map[string][]byte{"a": make([]byte, 100), "b": make([]byte, 200)}
	if got, _ := weigh.Of(entries); got < 300+2*40 || got > 300+2*40+100 {
		t.Errorf("got %d", got)
	}
}

// Of what is large, a part stands for the whole, and the walk is bounded.
func TestOfLarge(t *testing.T) {
	t.Parallel()

	const n = 200_000

	texts, entries, nested := make([]string, n), make(map[int]string, n), make([][]string, 1000)
	for i := range n {
		texts[i] = strings.Repeat("x", 50)
		entries[i] = texts[i]
	}

	for i := range nested {
		nested[i] = texts[i*200 : (i+1)*200 : (i+1)*200]
	}

	for name, c := range map[string]struct {
		value       any
		least, most int64
	}{
		"texts":   {texts, n * 66, n * 67},
		"entries": {entries, n * 74, n * 100},
		"nested":  {nested, n * 50, n * 80},
		"numbers": {make([]int64, n), n * 8, n*8 + 100},
		"a chain": {chain(n), 100_000, n * 40}, // nobody knows how long it is,
	} {
		began := time.Now()
		got, steps := weigh.Of(c.value)
		took := time.Since(began)

		if got < c.least || got > c.most {
			t.Errorf("%s: got %d, want %d to %d", name, got, c.least, c.most)
		}

		if steps > 20_000 || took > time.Minute {
			t.Errorf("%s: %d steps in %s", name, steps, took)
		}
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()

	_, few := weigh.Of(7)
	_, many := weigh.Of(chain(100))

	if few != 1 || many < 100 {
		t.Errorf("%d and %d steps", few, many)
	}
}
