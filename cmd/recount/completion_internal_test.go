package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestBashCompletion lets bash complete with the script and the program.
func TestBashCompletion(t *testing.T) {
	t.Parallel()

	script := newProgram(t).run("completion", "bash").must(t)
	check := exec.CommandContext(t.Context(), "bash", "-n")
	check.Stdin = strings.NewReader(script)
	if out, err := check.CombinedOutput(); err != nil {
		t.Fatalf("bash does not understand the script: %s", out)
	}

	for line, want := range map[string]string{
		"recount ver":                         "verify version",
		"recount completion ":                 "bash zsh fish",
		"recount append a:b c --exp":          "--expect",
		"recount append meeting:42 ":          "",
		"recount tail --since 1h --n":         "--no-follow",
		"recount --store pebble:data stre":    "streams",
		"recount --store=pebble:data rea":     "read",
		"recount bench ":                      "append read fanout commands projections",
		"recount nonsense --js":               "--json",
		"recount append 'a:b' c --data '{' -": "--data --content-type --expect --id --actor --subject --time --correlation --causation --meta --server --token --help --store --json",
	} {
		words := map[string]bool{}
		for _, word := range completed(t, script, line) {
			words[word] = true
		}

		for word := range strings.FieldsSeq(want) {
			if !words[word] {
				t.Errorf("%q: %s is missing", line, word)
			}

			delete(words, word)
		}

		if len(words) > 0 {
			t.Errorf("%q: too many: %v", line, words)
		}
	}
}

// completed returns what bash offers at the end of a line.
func completed(t *testing.T, script, line string) []string {
	t.Helper()

	const shell = `
recount() { ` + asProgram + `=1 "$PROGRAM" "$@"; }
COMP_LINE=$LINE COMP_POINT=${#LINE} COMP_WORDBREAKS=' =:'
_recount
printf '%s\n' "${COMPREPLY[@]}"`

	cmd := exec.CommandContext(t.Context(), "bash", "-c", script+shell)
	cmd.Env = append(asProgramEnv(), "PROGRAM="+os.Args[0], "LINE="+line)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v: %s", line, err, out)
	}

	return strings.Fields(string(out))
}

func TestCompletionScripts(t *testing.T) {
	t.Parallel()

	for _, shell := range []string{"bash", "zsh", "fish"} {
		if got := newProgram(t).run("completion", shell).must(t); !strings.Contains(got, completeCommand) {
			t.Errorf("%s: %s", shell, got)
		}
	}
}
