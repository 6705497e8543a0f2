package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/recountdev/recount/store/memory"
)

// fullDisk is an output that takes no more.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// TestOutputThatFails sees that no command takes lost output for a success.
func TestOutputThatFails(t *testing.T) {
	t.Parallel()

	b := memory.New()
	defer b.Log.Close(t.Context())
	b.Maintenance = damaged{}

	p := sharing(b)
	p.run("append", "meeting:42", "opened").must(t)
	for _, command := range []string{
		"append meeting:42 closed", "read meeting:42", "read meeting:42 --json", "streams", "streams --json",
		"tail --since 1h --no-follow", "export", "import", "import --json", "verify", "backup x", "version", "completion bash",
	} {
		var stderr bytes.Buffer
		code := p.start(t.Context(), strings.NewReader(""), fullDisk{}, &stderr, strings.Fields(command)...)
		if code != exitFailed || !strings.Contains(stderr.String(), "the output cannot be written: no space left on device") {
			t.Errorf("%s: exit code %d: %s", command, code, stderr.String())
		}
	}
}

// TestInterruptedCommands sees that every command ends at once when it is
// interrupted before it began.
func TestInterruptedCommands(t *testing.T) {
	t.Parallel()

	p := newProgram(t)
	p.run("append", "meeting:42", "opened").must(t)

	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()

	for _, command := range []string{
		"append meeting:42 closed", "read meeting:42", "streams", "tail --since 1h", "export", "import", "verify", "backup " + t.TempDir() + "/b",
	} {
		var stdout, stderr bytes.Buffer
		code := p.start(ctx, strings.NewReader(manyLines(1)), &stdout, &stderr, strings.Fields(command)...)
		if code != exitInterrupted || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%s: exit code %d: %s%s", command, code, stdout.String(), stderr.String())
		}
	}

	if got := p.run("export").must(t); strings.Count(got, "\n") != 1 {
		t.Errorf("something was recorded: %s", got)
	}
}
