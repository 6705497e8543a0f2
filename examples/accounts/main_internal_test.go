package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// program is the program while it runs.
type program struct {
	t   *testing.T
	url string
	// stop ends it and waits; a second time it does nothing.
	stop func()
}

// start runs the program until the test ends.
func start(t *testing.T, args ...string) *program {
	t.Helper()

	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	said, says := io.Pipe()
	ended := make(chan error, 1)

	go func() {
		err := run(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), func(string) string { return "" }, says)
		_ = says.CloseWithError(errors.Join(io.EOF, err))
		ended <- err
	}()

	stopped := false
	stop := func() {
		if stopped {
			return
		}

		stopped = true
		http.DefaultClient.CloseIdleConnections() // the server waits for those that were never used
		cancel()

		if err := <-ended; err != nil {
			t.Errorf("the program ended with: %v", err)
		}
	}
	t.Cleanup(stop)

	line, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}

	_, rest, _ := strings.Cut(line, "at ")
	url, _, _ := strings.Cut(rest, ",")

	return &program{t: t, url: url, stop: stop}
}

// ask sends a request and returns the status and the body.
func (p *program) ask(method, path, body string, header ...string) (int, string) {
	p.t.Helper()

	request, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}

	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Error(err)

		return 0, ""
	}
	defer response.Body.Close()

	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Error(err)
	}

	return response.StatusCode, strings.TrimSpace(string(text))
}

// register makes an account and returns its number.
func (p *program) register(email string) int {
	p.t.Helper()

	status, text := p.ask(http.MethodPost, "/accounts", `{"email": "`+email+`"}`)

	var account struct {
		ID int `json:"account_id"`
	}

	if err := json.Unmarshal([]byte(text), &account); err != nil || status != http.StatusCreated {
		p.t.Fatalf("%s: %d %s", email, status, text)
	}

	return account.ID
}

func TestSettings(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)

	none := func(string) string { return "" }
	environment := func(name string) string { return map[string]string{"RECOUNT_LISTEN": "127.0.0.1:2"}[name] }

	check := func(args []string, getenv func(string) string, listen, url string) {
		t.Helper()

		gotListen, gotURL, err := settings(args, getenv)
		if err != nil || gotListen != listen || gotURL != url {
			t.Errorf("got %q, %q, %v, want %q, %q", gotListen, gotURL, err, listen, url)
		}
	}

	check(nil, none, "127.0.0.1:4001", "pebble:accounts-data")

	file := filepath.Join(folder, ".env")
	if err := os.WriteFile(file, []byte("RECOUNT_LISTEN=127.0.0.1:1\nRECOUNT_STORE=memory:\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	check(nil, none, "127.0.0.1:1", "memory:")
	check(nil, environment, "127.0.0.1:2", "memory:")
	check([]string{"--listen", "127.0.0.1:3", "--store=pebble:x"}, environment, "127.0.0.1:3", "pebble:x")

	if _, _, err := settings([]string{"serve"}, none); err == nil {
		t.Error("an argument that means nothing is taken")
	}

	if err := os.WriteFile(file, []byte("RECOUNT_LISTEN='"), 0o600); err != nil {
		t.Fatal(err)
	}

	if _, _, err := settings(nil, none); err == nil || !strings.Contains(err.Error(), ".env") {
		t.Errorf("a broken .env: got %v", err)
	}
}

// TestDoesNotStart shows that what cannot work ends the program, and leaves
// nothing behind.
func TestDoesNotStart(t *testing.T) {
	t.Parallel()

	p := start(t, "-store", "memory:")
	for _, args := range [][]string{
		{"-store", "nowhere"},
		{"-store", "memory:", "-listen", strings.TrimPrefix(p.url, "http://")},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		if err := run(ctx, args, func(string) string { return "" }, io.Discard); err == nil || ctx.Err() != nil {
			t.Errorf("%v: got %v", args, err)
		}

		cancel()
	}
}
