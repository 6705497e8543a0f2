package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTranscripts runs the files testdata/*.txt: lines that begin with "$ " are
// commands, each file on a store of its own; below stands what they write, with
// "! " before what goes to the standard error. Files named *.terminal.txt are
// shown on a terminal. With -update the files are written anew.
func TestTranscripts(t *testing.T) {
	t.Parallel()

	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}

	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()

			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}

			got := replay(t, file, string(want))
			if updating() {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			} else if got != string(want) {
				t.Errorf("%s is not what the commands write (run with -update if that is right):\n%s", file, diff(string(want), got))
			}
		})
	}
}

// replay returns the transcript with what its commands write now.
func replay(t *testing.T, file, transcript string) string {
	t.Helper()

	p := newProgram(t)
	p.terminal = strings.HasSuffix(file, ".terminal.txt")
	folder := filepath.Dir(strings.TrimPrefix(p.env[storeVariable], "pebble:"))

	var out strings.Builder
	comment := "" // what stands right before the next command
	for line := range strings.Lines(transcript) {
		command, isCommand := strings.CutPrefix(strings.TrimSpace(line), "$ ")
		switch {
		case isCommand:
			out.WriteString(comment + line)
			args, stdin := parseCommand(t, strings.ReplaceAll(command, "TMP", folder))
			out.WriteString(masked(p.runWith(stdin, args...), folder))
			comment = ""
		case strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "":
			comment += line
		default:
			comment = ""
		}
	}

	return out.String()
}

// parseCommand splits a command as a shell does, single quotes and "< file"
// included.
func parseCommand(t *testing.T, command string) (args []string, stdin string) {
	t.Helper()

	for _, word := range regexp.MustCompile(`(?:'[^']*'|[^ '])+`).FindAllString(command, -1) {
		args = append(args, strings.ReplaceAll(word, "'", ""))
	}

	if n := len(args); n > 2 && args[n-2] == "<" {
		input, err := os.ReadFile(filepath.Join("testdata", args[n-1]))
		if err != nil {
			t.Fatal(err)
		}

		args, stdin = args[:n-2], string(input)
	}

	if len(args) == 0 || args[0] != "recount" {
		t.Fatalf("%q does not call recount", command)
	}

	return args[1:], stdin
}

// masked returns what a command wrote, without what differs from run to run.
func masked(r result, folder string) string {
	var out strings.Builder
	for line := range strings.Lines(r.stdout) {
		out.WriteString(strings.TrimSuffix(line, "\n") + "\n")
	}

	for line := range strings.Lines(r.stderr) {
		out.WriteString("! " + strings.TrimSuffix(line, "\n") + "\n")
	}

	if r.code != exitOK {
		fmt.Fprintf(&out, "exit code %d\n", r.code)
	}

	text := strings.ReplaceAll(out.String(), folder, "TMP")
	text = strings.ReplaceAll(text, "\x1b", "ESC")
	text = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`).ReplaceAllString(text, "UUID")

	return regexp.MustCompile(`"20[-0-9]{8}T[0-9:.]{12}Z"`).ReplaceAllStringFunc(text, func(at string) string {
		if strings.Contains(at, "T10:00:0") { // given by the transcript
			return at
		}

		return `"NOW"`
	})
}

// diff returns the first lines that differ.
func diff(want, got string) string {
	wants, gots := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(wants), len(gots)) {
		w, g := "(end)", "(end)"
		if i < len(wants) {
			w = wants[i]
		}

		if i < len(gots) {
			g = gots[i]
		}

		if w != g {
			return fmt.Sprintf("line %d\nwant: %s\n got: %s", i+1, w, g)
		}
	}

	return ""
}
