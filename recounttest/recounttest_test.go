package recounttest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/recounttest"
)

func TestWorkbench(t *testing.T) {
	t.Parallel()

	r := recounttest.New(t, recount.Options{})
	if v := r.Append("meeting:42", "card_added", map[string]string{"title": "Coffee"}); v != 1 {
		t.Errorf("version %d, want 1", v)
	}

	post(t, r.URL+"/v1/streams/meeting:42", `{"type":"card_moved"}`, http.StatusOK)

	events := r.Wait("meeting:42", 2)
	if len(events) != 2 || events[1].Type != "card_moved" {
		t.Errorf("got %+v", events)
	}
}

func TestCategories(t *testing.T) {
	t.Parallel()

	r := recounttest.New(t, recount.Options{Categories: map[string]category.Declaration{"meeting": {}}})
	post(t, r.URL+"/v1/streams/meeting:42", `{"type":"card_added"}`, http.StatusUnauthorized)
}

func post(t *testing.T, url, body string, want int) {
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
	if err != nil || response.StatusCode != want {
		t.Errorf("POST %s answered %d, want %d: %s %v", url, response.StatusCode, want, text, err)
	}
}
