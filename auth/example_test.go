package auth_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/recountdev/recount/auth"
)

// Who asks?
func ExampleAuthenticator_Request() {
	a, err := auth.New(context.Background(), auth.Options{Anonymous: true})
	if err != nil {
		panic(err)
	}

	r := httptest.NewRequest(http.MethodGet, "/socket/websocket", http.NoBody)

	caller, err := a.Request(r, auth.TokenOf(r))
	fmt.Println(caller.ID[:5], caller.Anonymous, err)
	// Output: anon- true <nil>
}

// May they do it?
func ExampleCEL() {
	guard, err := auth.CEL(`caller.role != "viewer" && data.amount < 100`)
	if err != nil {
		panic(err)
	}

	r := &auth.Request{
		Operation: auth.Append,
		Caller:    &auth.Caller{ID: "anna", Role: "viewer"},
		Stream:    "account:7",
		Type:      "money_withdrawn",
		Data:      []byte(`{"amount": 12.5}`),
	}

	fmt.Println(guard(context.Background(), r))

	r.Caller.Role = "owner"
	fmt.Println(guard(context.Background(), r))
	// Output:
	// append of "money_withdrawn" to "account:7" is forbidden: the guard says no to "anna", whose role is "viewer"
	// <nil>
}

// What is wrong with an expression?
func ExampleCEL_mistake() {
	_, err := auth.CEL(`caller.rolle != "viewer"`)
	fmt.Println(err)
	// Output: expression, line 1, column 1, at "caller.rolle != \"viewer\"": no variable is called "caller.rolle": did you mean "caller.role"?
}

// How does an application with its own sessions authenticate?
func ExampleFunc() {
	users := map[string]string{"4f2a": "anna"} // by session

	a, err := auth.New(context.Background(), auth.Options{
		Func: func(r *http.Request) (auth.Caller, error) {
			cookie, err := r.Cookie("session")
			if err != nil {
				return auth.Caller{}, nil //nolint:nilerr // nobody is signed in
			}

			return auth.Caller{ID: users[cookie.Value], Role: "editor"}, nil
		},
	})
	if err != nil {
		panic(err)
	}

	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.AddCookie(&http.Cookie{Name: "session", Value: "4f2a"})

	caller, err := a.Request(r, auth.TokenOf(r))
	fmt.Println(caller.ID, caller.Role, err)
	// Output: anna editor <nil>
}
