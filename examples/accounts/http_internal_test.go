package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/recountdev/recount/aggregatetest"
	"github.com/recountdev/recount/fault"
)

func TestDeciders(t *testing.T) {
	t.Parallel()

	all := newAccounts()
	given := aggregatetest.Given(t, all.kind).Taken("email", "eve@example.com", "account:9")
	aggregatetest.WhenCreating(given, all.register, " EVE@example.com").ThenRefused(fault.CodeConflict, "taken")
	aggregatetest.WhenCreating(given, all.register, "ada").ThenRefused(fault.CodeRejected, `"ada" is no e-mail address`)
	aggregatetest.WhenCreating(given, all.register, " ada@example.com ").
		Then(registered{Email: "ada@example.com"}).
		ThenResult(1).
		ThenTaken("email", "ADA@example.com")
	aggregatetest.When(given, all.poke, 2).Then(poked{By: 2})

	aggregatetest.When(aggregatetest.Given(t, all.kind), all.poke, 2).ThenRefused(fault.CodeNotFound, "no account 1")
}

func TestHTTP(t *testing.T) {
	t.Parallel()

	p := start(t, "-store", "memory:")
	email := func(text string) string { return `{"email": "` + text + `"}` }

	for _, of := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/", "", 200, "Healthy"},
		{"POST", "/", "", 404, `"error":"not_found"`},
		{"GET", "/accounts", "", 404, `"error":"not_found"`},
		{"GET", "/healthz", "", 404, `"error":"not_found"`},
		{"GET", "/ws", "", 404, `"error":"not_found"`},
		{"POST", "/ws/1", "", 404, `"error":"not_found"`},
		{"POST", "/accounts", email("ada@example.com"), 201, `{"account_id":1}`},
		{"POST", "/accounts", email("ada@example.com"), 409, `"error":"conflict"`},
		{"POST", "/accounts", email("ADA@Example.COM"), 409, `"error":"conflict"`},
		{"POST", "/accounts", email("  ada@example.com\t"), 400, `"error":"invalid"`}, // a tab is not allowed in JSON
		{"POST", "/accounts", email("  Ada@example.com "), 409, `taken`},
		{"POST", "/accounts", email("bob"), 422, `"error":"rejected"`},
		{"POST", "/accounts", email(""), 422, `"error":"rejected"`},
		{"POST", "/accounts", email("bob@"), 422, `"error":"rejected"`},
		{"POST", "/accounts", email("bob@@example.com"), 422, `"error":"rejected"`},
		{"POST", "/accounts", email("Bob <bob@example.com>"), 422, `"error":"rejected"`},
		{"POST", "/accounts", email("b ob@example.com"), 422, `"error":"rejected"`},
		{"POST", "/accounts", email(strings.Repeat("b", 300) + "@example.com"), 422, `"error":"rejected"`},
		{"POST", "/accounts", `{"email": 5}`, 422, `"error":"rejected"`},
		{"POST", "/accounts", `{}`, 422, `"error":"rejected"`},
		{"POST", "/accounts", `bob@example.com`, 400, `"error":"invalid"`},
		{"POST", "/accounts", email(strings.Repeat("b", 5000)), 400, `"error":"invalid"`},
		{"POST", "/accounts", email("bob@example.com"), 201, `{"account_id":2}`}, // refusals took no number
		{"GET", "/ws/3", "", 404, `"error":"not_found"`},
		{"GET", "/ws/01", "", 404, `"error":"not_found"`},
		{"GET", "/ws/ada", "", 404, `"error":"not_found"`},
		{"GET", "/ws/1?since=2", "", 410, `"error":"gone"`},
		{"GET", "/ws/1?since=-1", "", 422, `"error":"rejected"`},
		{"GET", "/ws/1?since=yesterday", "", 422, `"error":"rejected"`},
		{"GET", "/ws/1?since=" + strings.Repeat("9", 200), "", 422, `"error":"rejected"`},
	} {
		if status, text := p.ask(of.method, of.path, of.body); status != of.status || !strings.Contains(text, of.want) {
			t.Errorf("%s %s %.60s: got %d %s, want %d %s", of.method, of.path, of.body, status, text, of.status, of.want)
		}
	}

	if status, text := p.ask("GET", "/ws/1", ""); status < 400 || status > 499 {
		t.Errorf("no WebSocket: got %d %s", status, text)
	}

	for range 2 {
		if status, text := p.ask("POST", "/accounts", email("eve@example.com"), "Idempotency-Key", "k"); status != 201 || text != `{"account_id":3}` {
			t.Errorf("the same again: got %d %s", status, text)
		}
	}

	if status, text := p.ask("POST", "/accounts", email("mallory@example.com"), "Idempotency-Key", "k"); status != 409 {
		t.Errorf("another one under the same key: got %d %s", status, text)
	}
}

// TestRegistrations lets a thousand clients fight for fifty addresses, and goes
// on after a restart.
func TestRegistrations(t *testing.T) {
	t.Parallel()

	const clients, addresses = 1000, 50

	url := "pebble:" + filepath.Join(t.TempDir(), "data")
	p := start(t, "-store", url)

	var (
		wg       sync.WaitGroup
		mu       sync.Mutex
		won      []string
		statuses = make(map[int]int)
		gate     = make(chan struct{}, 100) // connections at once
	)

	for i := range clients {
		wg.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()

			email := fmt.Sprintf("user%d@example.com", i%addresses)
			if i/addresses%2 == 1 {
				email = " " + strings.ToUpper(email)
			}

			status, text := p.ask(http.MethodPost, "/accounts", `{"email": "`+email+`"}`)

			mu.Lock()
			defer mu.Unlock()

			statuses[status]++
			if status == http.StatusCreated {
				won = append(won, text)
			}
		})
	}

	wg.Wait()

	if statuses[201] != addresses || statuses[409] != clients-addresses {
		t.Errorf("got %v", statuses)
	}

	slices.Sort(won)
	for n := range addresses {
		if want := fmt.Sprintf(`{"account_id":%d}`, n+1); !slices.Contains(won, want) {
			t.Errorf("nobody got %s", want)
		}
	}

	p.stop()
	p = start(t, "-store", url)

	if status, text := p.ask(http.MethodPost, "/accounts", `{"email": "USER7@example.com"}`); status != 409 {
		t.Errorf("after a restart: got %d %s", status, text)
	}

	if id := p.register("new@example.com"); id != addresses+1 {
		t.Errorf("after a restart: the next account is %d", id)
	}
}
