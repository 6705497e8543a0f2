package server_test

import (
	"net/http"
	"net/http/httptest"
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
