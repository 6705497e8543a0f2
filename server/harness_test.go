package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
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

// house is a whole server over a log in memory. Whoever asks says who they are by
// the header Test-Caller, and is an admin if that is "admin"; nobody is refused.
type house struct {
	t       *testing.T
	log     store.Log
	options server.Options
	server  *server.Server
	url     string
	logged  *journal
}

// newHouse returns a house whose server listens.
func newHouse(t *testing.T, changes ...func(*server.Options)) *house {
	t.Helper()

	h := newQuietHouse(t, changes...)
	listener := httptest.NewServer(h.server.Handler())
	t.Cleanup(func() {
		h.server.Close()
		listener.CloseClientConnections()
		listener.Close()
	})
	h.url = listener.URL

	return h
}

// newQuietHouse returns a house whose server is only called.
func newQuietHouse(t *testing.T, changes ...func(*server.Options)) *house {
	t.Helper()

	h := &house{t: t, logged: new(journal)}
	ctx, cancel := context.WithCancel(context.Background())

	var pumping sync.WaitGroup
	t.Cleanup(func() { cancel(); pumping.Wait() })

	identity, err := auth.New(ctx, auth.Options{Func: testCaller})
	must(t, err)

	h.options = server.Options{
		Log:        memory.New().Log,
		Categories: category.Open(),
		Auth:       identity,
		Logger:     slog.New(slog.NewTextHandler(h.logged, nil)),
	}
	for _, change := range changes {
		change(&h.options)
	}

	h.log = h.options.Log
	h.options.Topics, err = topic.New(ctx, h.log, topic.Options{})
	must(t, err)

	h.server, err = server.New(h.options)
	must(t, err)
	t.Cleanup(h.server.Close)
	pumping.Go(func() { fanout.Run(ctx, h.log, h.options.Topics, slog.New(slog.DiscardHandler)) })

	return h
}

// testCaller is who the header Test-Caller says.
func testCaller(r *http.Request) (auth.Caller, error) {
	switch name := r.Header.Get("Test-Caller"); name {
	case "nobody":
		return auth.Caller{}, fault.New(fault.CodeUnauthenticated, "who is it?")
	case "admin":
		return auth.Caller{ID: "root", Role: "admin"}, nil
	case "":
		return auth.Caller{ID: "ada", Role: "member"}, nil
	default:
		return auth.Caller{ID: name, Role: "member"}, nil
	}
}

// declared makes the categories those of declarations.
func declared(t *testing.T, declarations map[string]category.Declaration) func(*server.Options) {
	t.Helper()

	set, err := category.New(declarations)
	must(t, err)

	return func(o *server.Options) { o.Categories = set }
}

// journal is a log that can be read.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()

	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()

	return j.text.String()
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request. Lines of headers are "Name: value".
func (h *house) ask(method, path, body string, headers ...string) answer {
	h.t.Helper()

	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	must(h.t, err)

	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}

	setHeaders(r, headers)

	response, err := http.DefaultTransport.RoundTrip(r)
	must(h.t, err)
	defer response.Body.Close()

	text, err := io.ReadAll(response.Body)
	must(h.t, err)

	return answer{response.StatusCode, response.Header, string(text)}
}

func setHeaders(r *http.Request, headers []string) {
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
		if value == "" {
			r.Header.Del(name)
		}

		if name == "Host" {
			r.Host = value
		}
	}
}

// append records events of a type.
func (h *house) append(stream event.Stream, typ string, n int) {
	h.t.Helper()

	for range n {
		_, err := h.log.Append(h.t.Context(), store.Batch{Stream: stream, Drafts: []event.Draft{{Type: typ}}})
		must(h.t, err)
	}
}

// versions returns the streamversion of every event of a body.
func (a answer) versions(t *testing.T) string {
	t.Helper()

	return strings.Join(field[string](t, a.body, "streamversion"), " ")
}

// field returns a field of every object of an array.
func field[T any](t *testing.T, array, name string) []T {
	t.Helper()

	var objects []map[string]json.RawMessage
	if err := json.Unmarshal([]byte(array), &objects); err != nil {
		t.Fatalf("%v: %s", err, array)
	}

	var out []T
	for _, o := range objects {
		var value T
		if o[name] != nil {
			must(t, json.Unmarshal(o[name], &value))
		}

		out = append(out, value)
	}

	return out
}

// problem returns the problem document of an answer, and fails unless it is one.
func (a answer) problem(t *testing.T) (code, detail string) {
	t.Helper()

	var p struct {
		Type, Title, Detail, Code string
		Status                    int
	}
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatalf("%v: %q", err, a.body)
	}

	if a.header.Get("Content-Type") != "application/problem+json" || p.Status != a.status || p.Type == "" || p.Title == "" || p.Code == "" || p.Detail == "" {
		t.Errorf("%d %v %s is no problem document", a.status, a.header, a.body)
	}

	return p.Code, p.Detail
}

// expect fails unless an answer has a status, and returns it.
func (a answer) expect(t *testing.T, status int) answer {
	t.Helper()

	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}

	return a
}

func must(t *testing.T, err error) {
	t.Helper()

	if err != nil {
		t.Fatal(err)
	}
}
