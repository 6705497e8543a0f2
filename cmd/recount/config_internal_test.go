package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/recountdev/recount/cmd/recount/config"
)

// TestConfigExample sees that the example of one command is right for the other.
func TestConfigExample(t *testing.T) {
	t.Parallel()

	p := newProgram(t)
	file := filepath.Join(t.TempDir(), "recount.yaml")
	if err := os.WriteFile(file, []byte(p.run("config", "example").must(t)), 0o600); err != nil {
		t.Fatal(err)
	}

	if got := p.run("config", "check", file).must(t); !strings.HasPrefix(got, file+": ok: 1 category, 3 event types") {
		t.Errorf("got %s", got)
	}
}

// TestConfigOutputThatFails sees that no lost output is taken for a success.
func TestConfigOutputThatFails(t *testing.T) {
	t.Parallel()

	p := newProgram(t)
	for _, command := range []string{
		"config example", "config check testdata/config/right.yaml", "config check testdata/config/right.yaml --json",
		"config check testdata/config/wrong.yaml", "config check testdata/config/wrong.yaml --json",
	} {
		var stderr bytes.Buffer
		code := p.start(t.Context(), strings.NewReader(""), fullDisk{}, &stderr, strings.Fields(command)...)
		if code != exitFailed || !strings.Contains(stderr.String(), "the output cannot be written: no space left on device") {
			t.Errorf("%s: exit code %d: %s", command, code, stderr.String())
		}
	}
}

// TestProblemInLine sees that the sign stands below the place, however wide and
// long the line is.
func TestProblemInLine(t *testing.T) {
	t.Parallel()

	long := strings.Repeat("x", 150)
	for _, c := range []struct {
		name   string
		text   string
		column int
		want   string
	}{
		{"wide", "日本: x", 5, "    7 | 日本: x\n      |       ^\n"},
		{"tab", "a:\tb", 4, "    7 | a: b\n      |    ^\n"},
		{"behind the end", "a:", 4, "    7 | a:\n      |   ^\n"},
		{"control", "a: \x1b[31m", 4, "    7 | a: ?[31m\n      |    ^\n"},
		{"long, at the beginning", "ab" + long, 2, "    7 | ab" + long[:98] + "…\n      |  ^\n"},
		{"long, at the end", long + "ab", 151, "    7 | …" + long[:60] + "ab\n      | " + strings.Repeat(" ", 61) + "^\n"},
		{"none", "", 1, ""},
	} {
		p := newProgram(t)

		var out bytes.Buffer
		s := newSession(environment{getenv: func(name string) string { return p.env[name] }, stdout: &out, stderr: &out})
		problems := config.Problems{{File: "f.yaml", Line: 7, Column: c.column, Message: "wrong", Text: c.text}}
		if err := s.printProblems(s.out, problems); err != nil {
			t.Fatal(err)
		}

		if _, got, _ := strings.Cut(out.String(), ": wrong\n"); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}
