package demo_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/recountdev/recount/cmd/recount/demo"
)

func TestServesThePageAndWhatItLoads(t *testing.T) {
	t.Parallel()

	for path, c := range map[string]struct{ contentType, part string }{
		"/":                  {"text/html; charset=utf-8", "<!doctype html>"},
		"/phoenix.js":        {"text/javascript; charset=utf-8", "Copyright (c) 2014 Chris McCord"},
		"/young-serif.woff2": {"font/woff2", "wOF2"},
		"/figtree.woff2":     {"font/woff2", "wOF2"},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()

			got, body := ask(t, http.MethodGet, path, "")
			if got.Code != http.StatusOK || got.Header().Get("Content-Type") != c.contentType {
				t.Errorf("got %d %q", got.Code, got.Header().Get("Content-Type"))
			}

			if !strings.Contains(body, c.part) {
				t.Errorf("%s has no %q", path, c.part)
			}

			again, body := ask(t, http.MethodGet, path, got.Header().Get("ETag"))
			if again.Code != http.StatusNotModified || body != "" {
				t.Errorf("the second time: got %d with %d bytes", again.Code, len(body))
			}
		})
	}
}

func TestPassesEverythingElseOn(t *testing.T) {
	t.Parallel()

	for _, c := range []struct{ method, path string }{
		{http.MethodGet, "/socket/websocket"},
		{http.MethodGet, "/v1/streams/meeting:a%2Fb"},
		{http.MethodGet, "/page.html"},
		{http.MethodGet, "//"},
		{http.MethodPost, "/"},
	} {
		got, body := ask(t, c.method, c.path, "")
		if got.Code != http.StatusTeapot || body != c.path {
			t.Errorf("%s %s: got %d %q", c.method, c.path, got.Code, body)
		}
	}
}

// TestPolicyFitsThePage shows that the policy lets through what is in the
// page, and that the page does nothing else that the policy would stop.
func TestPolicyFitsThePage(t *testing.T) {
	t.Parallel()

	got, page := ask(t, http.MethodGet, "/", "")
	policy := got.Header().Get("Content-Security-Policy")

	for directive, want := range map[string]string{
		"script-src": `script-src 'self' 'sha256-[\w+/]{43}=';`,
		"style-src":  `style-src 'sha256-[\w+/]{43}=';`,
	} {
		if !regexp.MustCompile(want).MatchString(policy) {
			t.Errorf("%s does not name the one block of the page: %s", directive, policy)
		}
	}

	for what, pattern := range map[string]string{
		"an unsafe source":          `unsafe-`,
		"a style in an attribute":   `<[^>]+\sstyle=`,
		"a handler in an attribute": `<[^>]+\son[a-z]+=`,
		"a file of another server":  `(?:src|href)="(?:https?:)?//`,
	} {
		if found := regexp.MustCompile(pattern).FindString(policy + page); found != "" {
			t.Errorf("there is %s: %s", what, found)
		}
	}
}

// ask sends a request to the demo before a server that answers with the path.
func ask(t *testing.T, method, path, etag string) (*httptest.ResponseRecorder, string) {
	t.Helper()

	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, r.URL.EscapedPath())
	})
	r := httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody)
	r.Header.Set("If-None-Match", etag)

	w := httptest.NewRecorder()
	demo.Handler(next).ServeHTTP(w, r)

	return w, w.Body.String()
}
