package demo_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/recountdev/recount/cmd/recount/demo"
)

// TestServesThePageAndWhatItLoads follows what the page names.
func TestServesThePageAndWhatItLoads(t *testing.T) {
	t.Parallel()

	got, page := ask(t, http.MethodGet, "/", "")
	if got.Code != http.StatusOK || got.Header().Get("Content-Type") != "text/html; charset=utf-8" || got.Header().Get("Cache-Control") != "no-cache" {
		t.Fatalf("the page: got %d %v", got.Code, got.Header())
	}

	loaded := regexp.MustCompile(`(?:src|href)="\.(/[^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(loaded) < 3 {
		t.Fatalf("the page loads %v, want a script, a style and an icon at least", loaded)
	}

	types := map[string]string{".js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
	for _, match := range loaded {
		name := match[1]

		got, body := ask(t, http.MethodGet, name, "")
		if want := types[name[len(name)-3:]]; got.Code != http.StatusOK || got.Header().Get("Content-Type") != want || body == "" {
			t.Errorf("%s: got %d %q with %d bytes, want %q", name, got.Code, got.Header().Get("Content-Type"), len(body), want)
		}

		if strings.HasPrefix(name, "/assets/") && !strings.Contains(got.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s is not kept: %q", name, got.Header().Get("Cache-Control"))
		}

		again, body := ask(t, http.MethodGet, name, got.Header().Get("ETag"))
		if again.Code != http.StatusNotModified || body != "" {
			t.Errorf("%s the second time: got %d with %d bytes", name, again.Code, len(body))
		}
	}
}

func TestPassesEverythingElseOn(t *testing.T) {
	t.Parallel()

	for _, c := range []struct{ method, path string }{
		{http.MethodGet, "/socket/websocket"},
		{http.MethodGet, "/v1/streams/meeting:a%2Fb"},
		{http.MethodGet, "/index.html"},
		{http.MethodGet, "/assets"},
		{http.MethodGet, "//"},
		{http.MethodPost, "/"},
	} {
		got, body := ask(t, c.method, c.path, "")
		if got.Code != http.StatusTeapot || body != c.path {
			t.Errorf("%s %s: got %d %q", c.method, c.path, got.Code, body)
		}
	}
}

// TestPolicyFitsThePage shows that the page does nothing that its policy would
// stop.
func TestPolicyFitsThePage(t *testing.T) {
	t.Parallel()

	got, page := ask(t, http.MethodGet, "/", "")
	if policy := got.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "unsafe-") {
		t.Errorf("the policy is %q", policy)
	}

	for what, pattern := range map[string]string{
		"a script in the page":      `<script(\s+type="module")?>`,
		"a style in the page":       `<style`,
		"a style in an attribute":   `<[^>]+\sstyle=`,
		"a handler in an attribute": `<[^>]+\son[a-z]+=`,
		"another host":              `(?:src|href)="(?:https?:)?//`,
	} {
		if found := regexp.MustCompile(pattern).FindString(page); found != "" {
			t.Errorf("the page has %s: %s", what, found)
		}
	}
}

// TestConfigurationIsThatOfTheExample holds the copy to the original.
func TestConfigurationIsThatOfTheExample(t *testing.T) {
	t.Parallel()

	original, err := os.ReadFile("../../../examples/meeting/recount.yaml")
	if err != nil {
		t.Fatal(err)
	}

	if !bytes.Equal(demo.Configuration, original) {
		t.Error("recount.yaml differs from examples/meeting/recount.yaml: npm run build -w examples/meeting copies it")
	}
}

// ask requests a path, with what is known of it already.
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
