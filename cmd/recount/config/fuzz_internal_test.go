package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/recountdev/recount/category"
)

// FuzzLoad gives the reader any text: it must come to an end, with a
// configuration that works or with problems that a person can find.
func FuzzLoad(f *testing.F) {
	f.Add(string(example))
	for _, text := range []string{
		"", "a", "a: b: c", "- a", "listen: :1\r\nstore: memory:\r\n", "a:\n\tb: c", "a: &a [*a]", "<<: {a: 1}", "? a\n: b", "a: |\n  b\n\n c", "a: >-\n b\n  c",
		"{a: [b, {c: d}]}", "'a': \"\\u00e9\"", "%a\n---\nb: c\n...\n", "!!a b: !c d", "categories: {a: {guards: {join: \"caller.rol\"}}}",
		"categories:\n  a:\n    guards:\n      join: |\n        a &&\n          b\n", "auth: {jwt: {secret: env:HOME, algorithms: [HS256]}, origins: [https://a]}",
		"limits: {data: 1MiB, silence: 1m}", "categories: {a: {events: {b: {schema: schema.json, throttle: {within: 1s}}}}}", "a: \"\n", "\ufeffa: b", "a: 1\na: 2",
	} {
		f.Add(text)
	}

	dir := f.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "schema.json"), []byte(`{"type":"object"}`), 0o600); err != nil {
		f.Fatal(err)
	}

	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "/") { // other files of this machine
			return
		}

		begin := time.Now()
		l := newLoader(filepath.Join(dir, "recount.yaml"), func(string) string { return "" })
		l.read([]byte(text))
		l.applyFile()
		l.applyEnvironment()
		l.check()

		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("it took %s", took)
		}

		problems := l.told()
		for i := range problems {
			checkProblem(t, l, &problems[i])
		}

		if _, err := category.New(l.config.Categories); err != nil && len(problems) == 0 {
			t.Errorf("the categories do not work: %v", err)
		}
	})
}

// checkProblem sees that a person can find a problem.
func checkProblem(t *testing.T, l *loader, p *Problem) {
	t.Helper()

	if p.Message == "" || !utf8.ValidString(p.Message) || strings.Contains(p.Message, "%!") && !strings.Contains(l.source.text, "%") || len(p.Message) > 20_000 {
		t.Errorf("message %q", p.Message)
	}

	if p.Line < 1 || p.Line > max(1, len(l.source.lines)) || p.Column < 1 || p.Column > len([]rune(l.source.line(p.Line)))+2 {
		t.Errorf("place %d:%d of %q", p.Line, p.Column, p.Message)
	}
}
