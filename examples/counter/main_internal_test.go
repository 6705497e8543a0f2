package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/recountdev/recount/aggregatetest"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/loopback"
)

// beTheProgram makes the binary of the tests run the program instead.
const beTheProgram = "TEST_BE_THE_COUNTER"

func TestMain(m *testing.M) {
	if os.Getenv(beTheProgram) != "" {
		main()

		return
	}

	goleak.VerifyTestMain(m)
}

func TestCreate(t *testing.T) {
	t.Parallel()

	o := aggregatetest.WhenCreating(aggregatetest.Given(t, counters), create, struct{}{}).Then(created{})
	if o.Stream() != "counter:1" {
		t.Errorf("the first counter is %s", o.Stream())
	}
}

func TestIncrement(t *testing.T) {
	t.Parallel()

	given := aggregatetest.Given(t, counters, created{}, incremented{By: 2})
	aggregatetest.When(given, increment, 1).Then(incremented{By: 1}).ThenResult(3)
	aggregatetest.When(given, increment, 0).ThenRefused(fault.CodeRejected, "cannot go up by 0").ThenState(3)
	aggregatetest.When(aggregatetest.Given(t, counters), increment, 1).ThenRefused(fault.CodeRejected, "create it")
}

func TestTwice(t *testing.T) {
	t.Parallel()

	given := aggregatetest.Given(t, counters, created{})
	aggregatetest.When(given, twice, 2).Then(incremented{By: 2}, incremented{By: 2}).ThenResult(4)
	aggregatetest.When(given, twice, -1).ThenRefused(fault.CodeRejected, "cannot go up by -1").ThenState(4)
}

// TestProgram runs the program, kills it and runs it again.
func TestProgram(t *testing.T) {
	t.Parallel()

	data := "pebble:" + filepath.Join(t.TempDir(), "data")
	kill, url := start(t, "-store", data)
	for _, step := range []struct{ command, input, want string }{
		{"counter:$next/create", ``, `"stream":"counter:1"`},
		{"counter:1/increment", `2`, `"result":2`},
		{"counter:1/increment_twice", `3`, `"result":8`},
		{"counter:1/increment_twice", `-3`, `"code":"rejected"`},
		{"counter:2/increment", `1`, `"code":"rejected"`},
		{"counter:1/decrement", `1`, `"code":"not_found"`},
	} {
		if got := post(t, url+"/v1/commands/"+step.command, step.input); !strings.Contains(got, step.want) {
			t.Errorf("%s: got %s, want %s", step.command, got, step.want)
		}
	}

	kill()

	kill, url = start(t, "-store", data)
	defer kill()

	if got := post(t, url+"/v1/commands/counter:1/increment", `1`); !strings.Contains(got, `"result":9`) {
		t.Errorf("after the restart: got %s", got)
	}
}

// start runs the program until it answers; kill ends it at once.
func start(t *testing.T, args ...string) (kill func(), url string) {
	t.Helper()

	var said bytes.Buffer

	address, err := loopback.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}

	command := exec.CommandContext(t.Context(), os.Args[0], append(args, "-listen", address)...)
	command.Env = append(os.Environ(), beTheProgram+"=1")
	command.Stderr = &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}

	ended := make(chan struct{})
	go func() {
		defer close(ended)

		_ = command.Wait() // it is killed
	}()

	kill = func() {
		if err := command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
		<-ended
	}

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	for ctx.Err() == nil {
		if conn, err := new(net.Dialer).DialContext(ctx, "tcp", address); err == nil {
			_ = conn.Close()

			return kill, "http://" + address
		}

		select {
		case <-ended:
			t.Fatalf("the program ended: %s", &said)
		case <-time.After(10 * time.Millisecond):
		}
	}

	kill()
	t.Fatalf("the program does not listen: %s", &said)

	return nil, ""
}

func post(t *testing.T, url, body string) string {
	t.Helper()

	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}

	request.Header.Set("Content-Type", "application/json")

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()

	text, err := io.ReadAll(response.Body)
	if err != nil || !json.Valid(text) {
		t.Fatalf("%s: %v", text, err)
	}

	return string(text)
}
