package main

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/store"
)

// asProgram makes the test binary behave as the program itself.
const asProgram = "RECOUNT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}

	flag.Bool("update", false, "write the files in testdata anew")
	goleak.VerifyTestMain(m)
}

func updating() bool {
	f := flag.Lookup("update")

	return f != nil && f.Value.String() == "true"
}

// program runs commands on one store.
type program struct {
	env      map[string]string
	open     opener
	terminal bool
}

// newProgram returns a program with an empty store in a folder.
func newProgram(t *testing.T) *program {
	t.Helper()

	return &program{
		env:  map[string]string{storeVariable: "pebble:" + filepath.Join(t.TempDir(), "data")},
		open: backends.OpenWith,
	}
}

// sharing returns a program whose commands work on a store that is open already.
func sharing(b store.Backend) *program {
	b.Log = stayingOpen{b.Log}

	return &program{
		env:  map[string]string{storeVariable: "memory:"},
		open: func(context.Context, string, backends.Options) (store.Backend, error) { return b, nil },
	}
}

// stayingOpen is a log that commands cannot close.
type stayingOpen struct{ store.Log }

func (stayingOpen) Close(context.Context) error { return nil }

// result is what a command left.
type result struct {
	code           int
	stdout, stderr string
}

// run runs a command without input.
func (p *program) run(args ...string) result { return p.runWith("", args...) }

// runWith runs a command with input.
func (p *program) runWith(stdin string, args ...string) result {
	var stdout, stderr bytes.Buffer
	code := p.start(context.Background(), bytes.NewBufferString(stdin), &stdout, &stderr, args...)

	return result{code, stdout.String(), stderr.String()}
}

// start runs a command and returns its exit code.
func (p *program) start(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args ...string) int {
	env := environment{
		getenv: func(name string) string { return p.env[name] },
		stdin:  stdin, stdout: stdout, stderr: stderr,
		open: p.open,
	}
	if !p.terminal {
		return run(ctx, args, env)
	}

	s := newSession(env)
	s.out.width, s.out.color = 100, true
	s.err.width, s.err.color = 100, true

	return s.run(ctx, args)
}

// must fails the test unless the command succeeded, and returns what it wrote.
func (r result) must(t *testing.T) string {
	t.Helper()

	if r.code != exitOK || r.stderr != "" {
		t.Fatalf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}

	return r.stdout
}
