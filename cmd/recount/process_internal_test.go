package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// process prepares to run the program as a process of its own.
func process(ctx context.Context, t *testing.T, folder string, args ...string) *exec.Cmd {
	t.Helper()

	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Dir = folder
	cmd.Env = append(asProgramEnv(), asProgram+"=1", storeVariable+"=")

	return cmd
}

// asProgramEnv is the environment of a program under test: the race detector
// would let it sleep for a second in the end.
func asProgramEnv() []string { return append(os.Environ(), "GORACE=atexit_sleep_ms=0") }

// TestInterruptedProcess sends Ctrl-C to a tail and to an import.
func TestInterruptedProcess(t *testing.T) {
	t.Parallel()

	folder := t.TempDir()
	if out, err := process(t.Context(), t, folder, "append", "meeting:42", "opened", "--id", "first").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	tail := process(t.Context(), t, folder, "tail", "--since", "1h")
	stdout, err := tail.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}

	var stderr bytes.Buffer
	tail.Stderr = &stderr
	if err := tail.Start(); err != nil {
		t.Fatal(err)
	}

	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || !strings.Contains(line, "opened") {
		t.Errorf("got %q, error %v", line, err)
	}

	// While tail holds the store, nobody else can have it; the message says who does.
	out, err := process(t.Context(), t, folder, "append", "meeting:42", "closed").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "is held by") {
		t.Errorf("a second process: error %v, %s", err, out)
	}

	endsByInterrupt(t, tail, &stderr, "")

	// The import waits for input that does not come.
	importing := process(t.Context(), t, folder, "import")
	stdin, err := importing.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()

	stderr.Reset()
	importing.Stderr = &stderr
	if err := importing.Start(); err != nil {
		t.Fatal(err)
	}

	// More than fits into a pipe, so that the import has begun to read.
	if _, err := io.WriteString(stdin, manyLines(4_000)); err != nil {
		t.Fatal(err)
	}

	endsByInterrupt(t, importing, &stderr, "recount: interrupted: what was imported stays, and the same import goes on where this one ended\n")
}

// endsByInterrupt interrupts a process and sees that it ends as it should.
func endsByInterrupt(t *testing.T, cmd *exec.Cmd, stderr *bytes.Buffer, want string) {
	t.Helper()

	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}

	err := cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != exitInterrupted || stderr.String() != want {
		t.Errorf("%v: %q, want %q", err, stderr.String(), want)
	}
}

// TestStoreOfTheEnvironment sees which of flag, environment and .env names the
// store.
func TestStoreOfTheEnvironment(t *testing.T) {
	t.Parallel()

	folder := t.TempDir()
	made := func(name string) bool {
		_, err := os.Stat(filepath.Join(folder, name))

		return err == nil
	}

	for _, c := range []struct {
		file, env, flag string
		folder          string
	}{
		{"", "", "", "recount-data"},
		{"RECOUNT_STORE=pebble:of-file\n", "", "", "of-file"},
		{"RECOUNT_STORE=pebble:of-file\n", "pebble:of-env", "", "of-env"},
		{"RECOUNT_STORE=pebble:of-file\n", "pebble:of-env", "pebble:of-flag", "of-flag"},
	} {
		if c.file != "" {
			if err := os.WriteFile(filepath.Join(folder, dotEnv), []byte(c.file), 0o600); err != nil {
				t.Fatal(err)
			}
		}

		args := []string{"append", "a:b", "c"}
		if c.flag != "" {
			args = append(args, "--store", c.flag)
		}

		if made(c.folder) {
			t.Fatalf("%s is there too early", c.folder)
		}

		cmd := process(t.Context(), t, folder, args...)
		cmd.Env = append(cmd.Env, storeVariable+"="+c.env)
		if out, err := cmd.CombinedOutput(); err != nil || !made(c.folder) {
			t.Errorf("%+v: %v: %s", c, err, out)
		}
	}

	if err := os.WriteFile(filepath.Join(folder, dotEnv), []byte("this is \"no variable\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	out, err := process(t.Context(), t, folder, "streams").CombinedOutput()
	if err == nil || !strings.HasPrefix(string(out), "recount: .env cannot be read: ") || strings.Count(string(out), "\n") != 1 {
		t.Errorf("a broken .env: %v: %s", err, out)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()

	p := newProgram(t)
	if got := p.run("version").must(t); !strings.HasPrefix(got, "recount ") {
		t.Error(got)
	}

	var v versions
	if err := json.Unmarshal([]byte(p.run("version", "--json").must(t)), &v); err != nil || v.Version == "" || !strings.HasPrefix(v.Go, "go1.") {
		t.Errorf("%+v: %v", v, err)
	}
}
