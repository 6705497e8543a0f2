package recount_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// How do the sessions of my own application say who asks?
func Example_auth() {
	ctx := context.Background()
	sessions := map[string]auth.Caller{"4f2a": {ID: "ada", Role: "editor"}}

	app, err := recount.New(ctx, recount.Options{
		Backend:    memory.New(),
		Categories: map[string]category.Declaration{"meeting": {}},
		Auth: auth.Options{Func: func(r *http.Request) (auth.Caller, error) {
			cookie, err := r.Cookie("session")
			if err != nil {
				return auth.Caller{}, nil //nolint:nilerr // nobody; an error would end the request
			}

			return sessions[cookie.Value], nil
		}},
	})
	check(err)
	defer app.Close(ctx)

	server := httptest.NewServer(app.Handler())
	defer server.Close()

	for _, session := range []string{"4f2a", "wrong"} {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/v1/streams/meeting:42", strings.NewReader(`{"type":"card_added"}`))
		check(err)
		r.Header.Set("Content-Type", "application/json")
		r.AddCookie(&http.Cookie{Name: "session", Value: session})

		response, err := server.Client().Do(r)
		check(err)
		check(response.Body.Close())
		fmt.Println(response.Status)
	}

	for e, err := range app.Log().Read(ctx, "meeting:42", store.Range{}) {
		check(err)
		fmt.Println(e.Type, "by", e.Actor)
	}
	// Output:
	// 200 OK
	// 401 Unauthorized
	// card_added by ada
}
