package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// enough is how long the worst of texts may take, with the race detector, on a
// busy machine.
const enough = 30 * time.Second

// TestHostileFiles sees that text which is made to break the reader gets an
// answer, and soon.
func TestHostileFiles(t *testing.T) {
	t.Parallel()

	// bomb is one alias in another: ten of ten of ten.
	var bomb strings.Builder
	bomb.WriteString("a: &a [" + strings.Repeat("x, ", 10) + "]\n")
	for c := 'b'; c < 'k'; c++ {
		fmt.Fprintf(&bomb, "%c: &%c [%s]\n", c, c, strings.Repeat(fmt.Sprintf("*%c, ", c-1), 10))
	}

	numbered := func(format string, n int) string {
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, format, i)
		}

		return text.String()
	}

	for name, c := range map[string]struct{ text, want string }{
		"alias bomb":      {bomb.String(), "are not understood: write it out"},
		"merge key":       {"<<: { listen: ':1' }", "merge keys (<<) are not understood"},
		"alias to itself": {"listen: &a *a", ""},
		"tag":             {"listen: !!binary aGVsbG8=", "tags are not understood"},
		"directive":       {"%YAML 1.2\n---\nlisten: :1", ""},
		"anchor as key":   {"&a listen: :1", "are not understood"},
		"complex key":     {"? [a, b]\n: c", ""},
		"large":           {strings.Repeat("# nothing\n", 30_000), "it has more than 256 KiB"},
		"many lines":      {strings.Repeat("\n", 5_001), "more than 5000 lines"},
		"long line":       {"listen: " + strings.Repeat("x", 16<<10), "the limit is 16384"},
		"brackets":        {"listen: " + strings.Repeat("[", 16_000), "nested too deep"},
		"braces":          {"listen: " + strings.Repeat("{a: ", 4_000), "nested too deep"},
		"brackets, lines": {"listen: " + strings.Repeat("[\n", 4_000), "nested too deep"},
		"dashes":          {strings.Repeat("- ", 8_000) + "a", "nested too deep"},
		"question marks":  {strings.Repeat("? ", 8_000) + "a", "nested too deep"},
		"indentation": {func() string {
			var text strings.Builder
			for i := range 200 {
				text.WriteString(strings.Repeat(" ", i) + "a:\n")
			}

			return text.String()
		}(), "nested too deep"},
		"tab":                 {"auth:\n\tanonymous: true", "a tab indents the line"},
		"tab behind a space":  {"auth:\n \tanonymous: true", "a tab indents the line"},
		"tab in a value":      {"listen:\t:1 # \t", ""},
		"control character":   {"listen: a\x00b", "the character U+0000 cannot be seen"},
		"escape":              {"listen: \x1b[31m", "the character U+001B cannot be seen"},
		"line separator":      {"listen: a\u2028b", "the character U+2028 cannot be seen"},
		"lone CR":             {"listen: :1\rstore: x", "the character U+000D cannot be seen"},
		"not UTF-8":           {"listen: \xff", "a byte here is not UTF-8"},
		"UTF-16":              {"\xff\xfel\x00i\x00", "encoded as UTF-16"},
		"BOM in the middle":   {"listen: \ufeff:1", "the character U+FEFF cannot be seen"},
		"empty lines":         {"listen: |\n" + strings.Repeat("\n", 3_000), "listen: "},
		"many keys":           {numbered("k%d:\n", 4_900), `unknown key "k0"`},
		"the same key":        {strings.Repeat("a:\n", 2_000), "stands here twice"},
		"many guards":         {"categories:\n" + numbered("  c%d: { guards: { join: a } }\n", 200), "no variable is called"},
		"strange pattern":     {`categories: { a: { guards: { join: "id.matches('(((((a{100}){100}){100}){100})')" } } }`, "join: "},
		"endless file":        {"categories: { a: { events: { b: { schema: /dev/zero } } } }", "it is no file"},
		"endless certificate": {"tls: { cert: /dev/zero, key: /dev/zero }", "it is no file"},
		"endless key":         {"auth: { jwt: { public_key: /dev/zero } }", "it is no file"},
		"long value":          {"listen: '" + strings.Repeat("\\\"", 5_000) + "'", "is no address"},
		"long key":            {strings.Repeat("k", 10_000) + ": 1", "unknown key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			begin := time.Now()
			_, err := load(t, t.TempDir(), c.text, nil)
			if took := time.Since(begin); took > enough {
				t.Errorf("it took %s", took)
			}

			if err == nil && c.want != "" || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %.1000v, want %q", err, c.want)
			}
		})
	}
}

// TestSchemaTooLarge sees that a schema has a limit.
func TestSchemaTooLarge(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "large.json"), make([]byte, 1<<20+1), 0o600); err != nil {
		t.Fatal(err)
	}

	_, err := load(t, dir, "categories: { a: { events: { b: { schema: large.json } } } }", nil)
	if err == nil || !strings.Contains(err.Error(), "it has more than 1024 KiB: make it smaller") {
		t.Errorf("got %v", err)
	}
}
