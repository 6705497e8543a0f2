package recount_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/client"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/projection/query"
	"github.com/recountdev/recount/store/memory"
)

// How do I read what I have just written? Every append and every command answers
// the position; a query with after=POSITION waits for it. In Go, App.WaitFor does.
func Example_projectionOwnWrite() {
	ctx := context.Background()
	views, err := projection.Open(ctx, "sqlite::memory:")
	check(err)
	app, err := recount.New(ctx, recount.Options{
		Backend:    memory.New(),
		Categories: map[string]category.Declaration{"meeting": {}},
		Auth:       auth.Options{Anonymous: true},
		Views: recount.Views{Database: views, Queries: map[string]recount.Query{
			"cards": {
				Declaration: query.Declaration{SQL: `select count(*) as n from journal where type = 'card_added'`},
				Guard:       auth.Allow,
			},
		}},
	})
	check(err)
	defer app.Close(ctx)

	server := httptest.NewServer(app.Handler())
	defer server.Close()

	c, err := client.New(server.URL, client.Options{})
	check(err)
	defer c.Close()

	for range 3 {
		receipt, err := c.Append(ctx, "meeting:42", client.Anything(), event.Draft{Type: "card_added"})
		check(err)

		request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/v1/queries/cards?after="+receipt.Position.String(), http.NoBody)
		check(err)
		answer, err := http.DefaultClient.Do(request)
		check(err)
		body, err := io.ReadAll(answer.Body)
		check(err)
		check(answer.Body.Close())
		fmt.Print(string(body))
	}
	// Output:
	// {"rows":[{"n":1}]}
	// {"rows":[{"n":2}]}
	// {"rows":[{"n":3}]}
}
