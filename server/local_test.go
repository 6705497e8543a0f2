package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/recountdev/recount/server"
)

// TestLocal sees that a page which a name server sends here under its own name
// gets nothing of a server that is for the own machine.
func TestLocal(t *testing.T) {
	t.Parallel()

	h := newQuietHouse(t, func(o *server.Options) { o.Local = true })

	for host, want := range map[string]int{
		"localhost": 200, "localhost:4000": 200, "127.0.0.1:4000": 200, "[::1]:4000": 200, "127.9.9.9": 200,
		"evil.example": 403, "evil.example:4000": 403, "127.0.0.1.evil.example": 403, "10.0.0.1": 403, "": 403,
	} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", nil)
		request.Host = host
		request.Header.Set("Origin", "http://"+host)

		answer := httptest.NewRecorder()
		h.server.Handler().ServeHTTP(answer, request)

		if answer.Code != want {
			t.Errorf("host %q: got %d, want %d", host, answer.Code, want)
		}
	}
}

// TestLocalPages sees that pages which this machine serves may come to a server
// that is for it, and no others.
func TestLocalPages(t *testing.T) {
	t.Parallel()

	local := newQuietHouse(t, func(o *server.Options) { o.Local = true })
	open := newQuietHouse(t, func(*server.Options) {})

	for origin, want := range map[string]int{
		"http://localhost:5173": 200, "https://localhost": 200, "http://127.0.0.1:8000": 200, "http://[::1]:8000": 200,
		"http://localhost.evil.example": 403, "http://evil.example:5173": 403, "null": 403, "file://localhost": 403, "http://10.0.0.1": 403,
		"http://localhost:5173, http://evil.example": 403,
	} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", nil)
		request.Host = "localhost:4000"
		request.Header.Set("Origin", origin)

		answer := httptest.NewRecorder()
		local.server.Handler().ServeHTTP(answer, request)

		if answer.Code != want {
			t.Errorf("origin %q: got %d, want %d", origin, answer.Code, want)
		}

		answer = httptest.NewRecorder()
		open.server.Handler().ServeHTTP(answer, request)

		if answer.Code != http.StatusForbidden {
			t.Errorf("origin %q: a server for all answers %d", origin, answer.Code)
		}
	}
}

// TestStrangersAreLogged sees that whoever runs the server learns which origins it
// refuses, once each, however many there are.
func TestStrangersAreLogged(t *testing.T) {
	t.Parallel()

	h := newHouse(t, func(*server.Options) {})
	for i := range 300 {
		for range 2 {
			h.ask(http.MethodGet, "/healthz", "", fmt.Sprintf("Origin: https://%d.example", i)).expect(t, http.StatusForbidden)
		}
	}

	said := h.logged.String()
	if n := strings.Count(said, "list it in auth.origins"); n != 100 || strings.Count(said, "origin=https://7.example\n") != 1 {
		t.Errorf("%d lines in the log, want 100, one for each of the first origins:\n%.500s", n, said)
	}
}
