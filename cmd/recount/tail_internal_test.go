package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/recountdev/recount/store/memory"
)

// shown is a screen that says when something was written to it.
type shown struct{ written chan string }

func (s shown) Write(p []byte) (int, error) {
	s.written <- string(p)

	return len(p), nil
}

// TestTailFollows sees that tail shows each event as it comes, and ends cleanly.
func TestTailFollows(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		args           []string
		terminal       bool
		before, events string
	}{
		"from now": {[]string{"tail"}, false, "", "live"},
		"since":    {[]string{"tail", "--since", "1h"}, false, "early", "live"},
		"pattern":  {[]string{"tail", "meeting:*", "--since", "1h", "--json"}, false, "early", "live"},
		"stream":   {[]string{"tail", "meeting:42", "--since", "1h"}, true, "early", "live"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := memory.New()
			defer b.Log.Close(t.Context())

			p := sharing(b)
			p.run("append", "meeting:42", "early").must(t)

			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()

			out := shown{make(chan string)}
			code := make(chan int, 1)
			var stderr bytes.Buffer
			tailing := sharing(b)
			tailing.terminal = c.terminal
			go func() { code <- tailing.start(ctx, strings.NewReader(""), out, &stderr, c.args...) }()

			if c.before != "" {
				if got := <-out.written; !strings.Contains(got, c.before) {
					t.Errorf("got %q, want %s", got, c.before)
				}
			} else {
				waitForFollower(t, p, out)
			}

			p.run("append", "order:9", "elsewhere").must(t)
			p.run("append", "meeting:42", "live", "--actor", "ada").must(t)
			for {
				got := <-out.written
				if strings.Contains(got, "live") {
					break
				}

				if c.before != "" && len(c.args) > 1 && c.args[1] != "--since" {
					t.Errorf("%q does not fit the pattern", got)
				}
			}

			interrupt()
			if got := <-code; got != exitInterrupted || stderr.Len() > 0 {
				t.Errorf("exit code %d: %s", got, stderr.String())
			}
		})
	}
}

// waitForFollower appends until a tail that began some time ago shows it.
func waitForFollower(t *testing.T, p *program, out shown) {
	t.Helper()

	for {
		p.run("append", "meeting:42", "ping").must(t)
		select {
		case got := <-out.written:
			if !strings.Contains(got, "ping") {
				t.Errorf("got %q, want a ping", got)
			}

			return
		default:
		}
	}
}

// TestTailToABrokenPipe sees that tail ends when nobody reads on.
func TestTailToABrokenPipe(t *testing.T) {
	t.Parallel()

	b := memory.New()
	defer b.Log.Close(t.Context())

	p := sharing(b)
	p.run("append", "meeting:42", "early").must(t)

	read, write := io.Pipe()
	_ = read.Close()

	var stderr bytes.Buffer
	if code := p.start(t.Context(), strings.NewReader(""), write, &stderr, "tail", "--since", "1h"); code != exitFailed {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
}
