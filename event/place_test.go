package event_test

import (
	"math"
	"strings"
	"testing"

	"github.com/recountdev/recount/event"
)

func TestPositionText(t *testing.T) {
	t.Parallel()

	for n, want := range map[uint64]string{
		0:                     "0000000000000000",
		17:                    "0000000000000017",
		9_999_999_999_999_999: "9999999999999999",
		math.MaxUint64:        "18446744073709551615",
	} {
		p := event.PositionAt(n)
		if got := p.String(); got != want {
			t.Errorf("position %d: got %q, want %q", n, got, want)
		}

		text, err := p.MarshalText()
		if err != nil || string(text) != want {
			t.Errorf("position %d as text: got %q (%v), want %q", n, text, err, want)
		}

		var back event.Position
		if err := back.UnmarshalText(text); err != nil || back != p || back.Number() != n {
			t.Errorf("position %d from text: got %s (%v)", n, back, err)
		}

		if got := string(p.AppendTo([]byte("at "))); got != "at "+want {
			t.Errorf("position %d appended: got %q", n, got)
		}
	}
}

func TestPositionOrder(t *testing.T) {
	t.Parallel()

	if !(event.Position{}).IsZero() || event.PositionAt(1).IsZero() {
		t.Error("only the zero position is zero")
	}

	for _, c := range []struct {
		a, b uint64
		want int
	}{{1, 2, -1}, {2, 1, 1}, {7, 7, 0}, {0, math.MaxUint64, -1}} {
		if got := event.PositionAt(c.a).Compare(event.PositionAt(c.b)); got != c.want {
			t.Errorf("%d compared with %d: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestParsePosition(t *testing.T) {
	t.Parallel()

	if p, err := event.ParsePosition("17"); err != nil || p.Number() != 17 {
		t.Errorf("17: got %s, %v", p, err)
	}

	kept := event.PositionAt(5)

	for _, text := range []string{"", "-1", "+1", " 1", "1 ", "0x10", "1_000", "18446744073709551616", "now", "１"} {
		_, err := event.ParsePosition(text)
		if err == nil || !strings.Contains(err.Error(), "is not a position: give one as a log printed it, such as 0000000000000017") {
			t.Errorf("%q: got error %v", text, err)
		}

		if err := kept.UnmarshalText([]byte(text)); err == nil || kept != event.PositionAt(5) {
			t.Errorf("%q: the position became %s, %v", text, kept, err)
		}
	}
}

func FuzzPosition(f *testing.F) {
	for _, text := range []string{"0", "17", "0000000000000017", "18446744073709551615", "18446744073709551616", "-1", "x", ""} {
		f.Add(text, uint64(len(text)))
	}

	f.Fuzz(func(t *testing.T, text string, n uint64) {
		for _, p := range []event.Position{event.PositionAt(n), parsed(text)} {
			back, err := event.ParsePosition(p.String())
			if err != nil || back != p {
				t.Errorf("%s became %s: %v", p, back, err)
			}

			if len(p.String()) < 16 {
				t.Errorf("%s has fewer than 16 digits", p)
			}
		}

		// As far as they have 16 digits, the texts sort like the positions.
		a, b := event.PositionAt(n%1e16), event.PositionAt(parsed(text).Number()%1e16)
		if a.Compare(b) != strings.Compare(a.String(), b.String()) {
			t.Errorf("%s and %s sort otherwise as text", a, b)
		}
	})
}

// parsed returns the position that a text stands for, or the zero one.
func parsed(text string) event.Position {
	p, err := event.ParsePosition(text)
	if err != nil {
		return event.Position{}
	}

	return p
}
