package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fanout"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
	"github.com/recountdev/recount/topic"
)

// newTestServer returns the URL of a server over a log in memory. The token admin
// is that of an admin, and none that of a member.
func newTestServer(t *testing.T) (string, store.Log) {
	t.Helper()

	ctx, cancel := context.WithCancel(context.Background())

	var pumping sync.WaitGroup
	t.Cleanup(func() { cancel(); pumping.Wait() })

	identity, err := auth.New(ctx, auth.Options{Func: func(r *http.Request) (auth.Caller, error) {
		switch auth.TokenOf(r) {
		case "admin":
			return auth.Caller{ID: "root", Role: "admin"}, nil
		case "":
			return auth.Caller{ID: "member"}, nil
		default:
			return auth.Caller{}, fault.New(fault.CodeUnauthenticated, "who is it?")
		}
	}})
	must(t, err)

	log := memory.New().Log
	hub, err := topic.New(ctx, log, topic.Options{})
	must(t, err)

	s, err := server.New(server.Options{Log: log, Topics: hub, Categories: category.Open(), Auth: identity})
	must(t, err)
	pumping.Go(func() { fanout.Run(ctx, log, hub, slog.New(slog.DiscardHandler)) })

	listener := httptest.NewServer(s.Handler())
	t.Cleanup(func() { s.Close(); listener.Close() })

	return listener.URL, log
}

func must(t *testing.T, err error) {
	t.Helper()

	if err != nil {
		t.Fatal(err)
	}
}

// TestServerAsStore sees that commands write the same about a server as about a
// store.
func TestServerAsStore(t *testing.T) {
	t.Parallel()

	url, _ := newTestServer(t)
	local := sharing(memory.New())
	far := &program{env: map[string]string{tokenVariable: "admin"}, open: local.open}

	commands := []string{
		`append meeting:42 meeting_opened --actor ada --id 1 --time 2026-11-21T10:00:00Z`,
		`append meeting:42 card_added --actor ada --data '{"title":  "Coffee"}' --subject card-1 --correlation c --causation d --meta '{"reason": "typo"}' --id 2 --time 2026-11-21T10:00:01Z`,
		`append meeting:42 card_added --actor ada --data '{"title":"Tea"}' --json`,
		`append meeting:42 meeting_opened --actor ada --id 1 --time 2026-11-21T10:00:00Z`,
		`append meeting:42 meeting_opened --actor ada --id 1 --json`,
		`append meeting:42 meeting_closed --actor ada --id 1`,
		`append meeting:42 card_moved --actor ada --expect 3`,
		`append meeting:42 card_moved --actor ada --expect 3`,
		`append meeting:42 card_moved --actor ada --expect none --json`,
		`append meeting:42 card_moved --actor ada --expect some`,
		`append meeting:44 card_moved --actor ada --expect some`,
		`append meeting:44 card_moved --actor ada --expect none`,
		`append 'a:b/c %ü' said --actor ada --data - --content-type text/plain < note.json`,
		`append notes:1 taken --actor ada --data @testdata/note.json --time 2026-11-21T10:00:00Z`,
		`append meeting x`,
		`append meeting:1 x --data nonsense`,
		`append meeting:1 x --meta '{"correlation":"c"}'`,
		`read meeting:42`,
		`read meeting:42 --json`,
		`read meeting:42 --from 2 --limit 2`,
		`read meeting:42 --backward --limit 2`,
		`read meeting:42 --backward --from 2`,
		`read meeting:42 --from 99`,
		`read meeting:42 --at 2001-01-01`,
		`read meeting:42 --at 2999-01-01`,
		`read 'a:b/c %ü' --json`,
		`read notes:1 --json`,
		`read meeting:24`,
		`read nothing:1`,
		`read meeting`,
		`read 'meeting:*'`,
		`tail --no-follow`,
		`tail --no-follow --since 1h`,
		`tail 'meeting:*' --no-follow --since 1h --json`,
		`tail meeting:42 --no-follow --since 1h`,
		`tail meeting:42 --no-follow --since 2999-01-01`,
		`tail meeting:42 --no-follow`,
		`tail meeting`,
		`streams`,
		`streams meeting --json`,
		`streams 'meeting:*'`,
		`streams nothing`,
	}

	for _, terminal := range []bool{false, true} {
		local.terminal, far.terminal = terminal, terminal
		for _, command := range commands {
			if terminal && strings.HasPrefix(command, "append") {
				continue
			}

			args, stdin := parseCommand(t, "recount "+command)
			want := masked(local.runWith(stdin, args...), t.TempDir())
			got := masked(far.runWith(stdin, append(args, "--server", url)...), t.TempDir())
			if want, got = withoutTimes(want), withoutTimes(got); want != got {
				t.Errorf("%s\nof the store:\n%s\nof the server:\n%s", command, want, got)
			}
		}
	}
}

// withoutTimes masks the times in tables: the two have clocks of their own.
func withoutTimes(text string) string {
	return regexp.MustCompile(`20[-0-9]{8}T[0-9:.]{12}Z`).ReplaceAllString(text, "NOW")
}

// TestServerFlags sees what cannot be asked of a server, or by whom.
func TestServerFlags(t *testing.T) {
	t.Parallel()

	url, log := newTestServer(t)
	_, err := log.Append(t.Context(), store.Batch{Stream: "meeting:42", Drafts: []event.Draft{{Type: "x"}}})
	must(t, err)

	p := newProgram(t)
	for _, c := range []struct{ command, want string }{
		{"read meeting:42 --token t", "--token is for a server: name it with --server"},
		{"--store memory: read meeting:42 --server " + url, "--server and --store stand side by side"},
		{"read meeting:42 --server pebble:data", `"pebble:data" is not the URL of a server`},
		{"read meeting:42 --server http://127.0.0.1:1", "no server at http://127.0.0.1:1"},
		{"read meeting:42 --token forged --server " + url, "who is it?"},
		{"read meeting:43 --server " + url, "there is no stream meeting:43: recount streams meeting lists those of its category"},
		{"streams --server " + url, "list of streams"},
		{"tail --server " + url, "feed"},
		{"append $sys:1 x --server " + url, "$sys"},
		{"append meeting:42 x --actor eve --server " + url, "eve"},
	} {
		got := p.run(strings.Split(c.command, " ")...)
		if got.code != exitFailed || !strings.Contains(got.stderr, c.want) {
			t.Errorf("%s: exit code %d: %s", c.command, got.code, got.stderr)
		}
	}

	if got := p.run("read", "meeting:42", "--json", "--server", url).must(t); !strings.Contains(got, `"version":1`) {
		t.Error(got)
	}
}

// TestTailServer follows a server while others append to it.
func TestTailServer(t *testing.T) {
	t.Parallel()

	for name, args := range map[string][]string{
		"from now": {"tail", "--token", "admin"},
		"since":    {"tail", "--since", "1h", "--token", "admin"},
		"category": {"tail", "meeting:*", "--token", "admin", "--json"},
		"stream":   {"tail", "meeting:42"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url, _ := newTestServer(t)
			p := newProgram(t)
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()

			out := shown{make(chan string)}
			code := make(chan int, 1)
			var stderr bytes.Buffer
			go func() { code <- p.start(ctx, strings.NewReader(""), out, &stderr, append(args, "--server", url)...) }()

			for seen := ""; !strings.Contains(seen, "live"); {
				p.run("append", "meeting:42", "live", "--server", url).must(t)

				select {
				case seen = <-out.written:
				default:
				}
			}

			interrupt()
			for {
				select {
				case <-out.written:
					continue
				case got := <-code:
					if got != exitInterrupted || stderr.Len() > 0 {
						t.Errorf("exit code %d: %s", got, stderr.String())
					}
				}

				break
			}
		})
	}
}
