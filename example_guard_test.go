package recount_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/client"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store/memory"
)

// Who may do what? What is declared is allowed to everybody who is admitted,
// unless a guard says otherwise: an expression, or a function.
func Example_guard() {
	ctx := context.Background()
	mayAppend, err := auth.CEL(`caller.role == "editor" || type == "comment_added" && size(data.text) <= 200`)
	check(err)

	mayJoin := func(_ context.Context, r *auth.Request) error { // and read, unless Read says otherwise
		if r.Stream.ID() == "secret" && r.Caller.Anonymous {
			return errors.New("sign in first")
		}

		return nil
	}

	app, err := recount.New(ctx, recount.Options{
		Backend: memory.New(),
		Categories: map[string]category.Declaration{
			"issue": {Guards: category.Guards{Append: mayAppend, Join: mayJoin}},
		},
		Auth: auth.Options{Anonymous: true},
	})
	check(err)
	defer app.Close(ctx)

	server := httptest.NewServer(app.Handler())
	defer server.Close()
	c, err := client.New(server.URL, client.Options{})
	check(err)
	defer c.Close()

	comment := event.Draft{Type: "comment_added", Data: []byte(`{"text":"Same here"}`)}
	_, err = c.Append(ctx, "issue:7", client.Anything(), comment)
	fmt.Println("comment:", err)

	_, err = c.Append(ctx, "issue:7", client.Anything(), event.Draft{Type: "issue_closed"})
	fmt.Println("close:", fault.Of(err))

	_, err = c.Head(ctx, "issue:secret")
	fmt.Println("read:", err)
	// Output:
	// comment: <nil>
	// close: forbidden
	// read: read of "issue:secret" is forbidden: sign in first
}
