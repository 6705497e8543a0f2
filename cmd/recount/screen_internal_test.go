package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestNewScreen(t *testing.T) {
	t.Parallel()

	none := func(string) string { return "" }
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()

	if s := newScreen(file, none); s.isTerminal() || s.color {
		t.Error("a file is no terminal")
	}

	if s := newScreen(&bytes.Buffer{}, none); s.isTerminal() || s.color {
		t.Error("a buffer is no terminal")
	}

	s := screen{width: 80}
	if got := s.styled(red, "x"); got != "x" {
		t.Errorf("a screen without colours got %q", got)
	}
}

func TestOneLine(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		"plain äöü 日本":              "plain äöü 日本",
		"a\r\nb\tc\u2028d":          "a  b c d",
		"\x1b[2J\x07\x00\u0085\x7f": "?[2J????",
		"\u202eabc\u2066":           "?abc?",
		"\xff\xfe":                  "??",
	} {
		if got := oneLine(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{
		{"short", 5, "short"},
		{"longer", 5, "long…"},
		{"日本語", 5, "日本…"},
		{"日本語", 4, "日…"},
		{"👩‍👩‍👧 family", 4, "👩‍👩‍👧 …"},
	} {
		if got := cut(c.text, c.columns); got != c.want {
			t.Errorf("%q cut to %d: got %q, want %q", c.text, c.columns, got, c.want)
		}
	}
}

func TestGrouped(t *testing.T) {
	t.Parallel()

	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", 1<<64 - 1: "18,446,744,073,709,551,615"} {
		if got := grouped(n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestTableGrows shows rows as they come: columns get wider, never narrower, and
// appear when they are needed.
func TestTableGrows(t *testing.T) {
	t.Parallel()

	var out bytes.Buffer
	table := newTable(&screen{Writer: &out, width: 40}, column{title: "A"}, column{title: "N", right: true}, column{title: "DATA"})
	for _, row := range [][]string{{"a", "1", ""}, {"long", "1000", "text"}, {"b", "2", "this is much too long for a terminal"}} {
		if err := table.add(row...); err != nil {
			t.Fatal(err)
		}

		if err := table.flush(); err != nil {
			t.Fatal(err)
		}
	}

	const want = "A  N\na  1\nA        N  DATA\nlong  1000  text\nb        2  this is much too long for a…\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()

	var out bytes.Buffer
	s := &session{err: screen{Writer: &out}}
	p := s.startProgress("working", inBytes)
	p.update(1, 2)
	p.clear()
	if out.Len() > 0 {
		t.Errorf("a pipe got %q", out.String())
	}

	s.err.width = 80
	for _, total := range []int64{0, 100} {
		out.Reset()
		p = s.startProgress("working", inEvents)
		p.update(50, total)
		if got := out.String(); !bytes.Contains(out.Bytes(), []byte("working")) {
			t.Errorf("of %d: a terminal got %q", total, got)
		}

		p.clear()
	}
}

func TestMoment(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, time.November, 21, 10, 0, 0, 0, time.UTC)
	for word, want := range map[string]time.Time{
		"2026-11-21T10:00:00Z":          now,
		"2026-11-21t11:00:00.000+01:00": now,
		"2026-11-21":                    now.Add(-10 * time.Hour),
		"10m":                           now.Add(-10 * time.Minute),
		"1h30m":                         now.Add(-90 * time.Minute),
		"7d":                            now.AddDate(0, 0, -7),
		"0s":                            now,
		"0001-01-01T00:00:00Z":          {},
	} {
		m, err := parseMoment(word)
		if err != nil || !m.time(now).Equal(want) {
			t.Errorf("%s: got %v, error %v", word, m.time(now), err)
		}
	}

	for _, word := range []string{"", "noon", "-5m", "1.5d", "99999999d", "2026-13-01", "10"} {
		if m, err := parseMoment(word); err == nil {
			t.Errorf("%q: got %v", word, m.time(now))
		}
	}
}
