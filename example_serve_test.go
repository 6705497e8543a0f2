package recount_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/client"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store/memory"
)

// How do I serve it from my own program? Mount the handler beside your own
// pages, and take leave of the clients before you close.
func Example_serve() {
	ctx := context.Background()
	app, err := recount.New(ctx, recount.Options{
		Backend: memory.New(),
		Categories: map[string]category.Declaration{
			"meeting": {
				Events:   map[string]category.EventType{"reaction_sent": {LiveOnly: true}},
				Signals:  []string{"typing"},
				Presence: true,
			},
		},
		Auth: auth.Options{Anonymous: true},
	})
	check(err)

	mux := http.NewServeMux()
	mux.Handle("/", app.Handler())
	mux.HandleFunc("GET /about", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "cards and votes") })
	server := httptest.NewServer(mux) // or an http.Server of your own

	c, err := client.New(server.URL, client.Options{})
	check(err)
	receipt, err := c.Append(ctx, "meeting:42", client.NoStream(), event.Draft{Type: "card_added", Data: []byte(`{"title":"Coffee"}`)})
	check(err)
	fmt.Println("meeting:42 is at version", receipt.Version)

	for page, err := range c.Follow(ctx, "meeting:42", client.Place{}) {
		check(err)
		for _, e := range page.Events {
			fmt.Println(e.Version, e.Type, string(e.Data))
		}

		if page.Live {
			break // or never
		}
	}

	check(app.Drain(ctx, 10*time.Second))
	c.Close()
	server.Close()
	check(app.Close(ctx))
	// Output:
	// meeting:42 is at version 1
	// 1 card_added {"title":"Coffee"}
}
