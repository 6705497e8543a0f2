package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/recountdev/recount/event"
)

func TestStreamPoints(t *testing.T) {
	t.Parallel()

	for word, want := range map[string]streamPoint{
		"meeting:42":           {"meeting:42", 0},
		"meeting:42@17":        {"meeting:42", 17},
		"meeting:42@007":       {"meeting:42", 7},
		"user:ada@example@3":   {"user:ada@example", 3},
		"user:ada@7@3":         {"user:ada@7", 3},
		"user:ada@example.com": {"user:ada@example.com", 0},
		"user:ada@":            {"user:ada@", 0},
		"user:ada@+1":          {"user:ada@+1", 0},
		"user:ada@1-2":         {"user:ada@1-2", 0},
		"user:ada@٣":           {"user:ada@٣", 0},
		"@1":                   {"", 1},
	} {
		if got, err := parseStreamPoint(word); got != want || err != nil {
			t.Errorf("%s: %+v, %v, want %+v", word, got, err, want)
		}
	}

	for _, word := range []string{"a:1@0", "a:1@00", "a:1@9223372036854775808", "a:1@99999999999999999999"} {
		if got, err := parseStreamPoint(word); err == nil {
			t.Errorf("%s: %+v, want an error", word, got)
		}
	}
}

// TestForkServer sees what the command asks of a server, and what it writes.
func TestForkServer(t *testing.T) {
	t.Parallel()

	asked := make(chan string, 1)
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked <- r.Method + " " + r.URL.EscapedPath() + " " + string(body)

		if strings.Contains(string(body), "taken") {
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, `{"code":"conflict","detail":"stream meeting:taken exists"}`)
		} else {
			_, _ = io.WriteString(w, `{"stream":"meeting:1","version":17}`)
		}
	}))
	t.Cleanup(listener.Close)

	p := &program{}

	for _, c := range []struct {
		command, asked, stdout, stderr string
	}{
		{"fork meeting:42 meeting:1", `{"to":"meeting:1"}`, "meeting:1 version 17, forked from meeting:42\n", ""},
		{"fork meeting:42@17 meeting:1 --json", `{"to":"meeting:1","at":17}`, `{"stream":"meeting:1","version":17}` + "\n", ""},
		{"fork meeting:42 meeting:1 --at 2026-11-21", `{"to":"meeting:1","at":"2026-11-21T00:00:00Z"}`, "meeting:1 version 17, forked from meeting:42\n", ""},
		{"fork meeting:42 meeting:taken", `{"to":"meeting:taken"}`, "", "recount: stream meeting:taken exists\n"},
	} {
		got := p.run(append(strings.Fields(c.command), "--server", listener.URL)...)
		if got.stdout != c.stdout || got.stderr != c.stderr || (got.code == exitOK) != (c.stderr == "") {
			t.Errorf("%s: exit code %d\n%s%s", c.command, got.code, got.stdout, got.stderr)
		}

		if got, want := <-asked, "POST /v1/streams/meeting:42/fork "+c.asked; got != want {
			t.Errorf("%s: asked %s, want %s", c.command, got, want)
		}
	}
}

// TestForkKeepsWhatItCopies forks what import keeps: recorded times and IDs of
// another log.
func TestForkKeepsWhatItCopies(t *testing.T) {
	t.Parallel()

	p := newProgram(t)
	p.run("append", "meeting:1", "opened", "--actor", "ada", "--subject", "s", "--correlation", "c", "--causation", "d", "--time", "2026-11-21T10:00:00Z").must(t)
	p.run("fork", "meeting:1", "meeting:2").must(t)

	var lines []string
	for _, stream := range []event.Stream{"meeting:1", "meeting:2"} {
		line := p.run("read", string(stream), "--json").must(t)
		_, rest, _ := strings.Cut(line, `"type"`) // behind stream, ID, version and position
		lines = append(lines, strings.Replace(rest, `,"$fork":{"stream":"meeting:1","version":1}`, "", 1))
	}

	if lines[0] != lines[1] || !strings.Contains(lines[0], `"correlation":"c"`) {
		t.Errorf("copied\n%s as\n%s", lines[0], lines[1])
	}
}
