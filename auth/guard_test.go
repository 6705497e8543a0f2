package auth_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/fault"
)

func TestGuardDecides(t *testing.T) {
	t.Parallel()

	request := &auth.Request{Operation: auth.Append, Caller: &auth.Caller{ID: "anna", Role: "viewer"}, Stream: "meeting:42", Type: "card_added"}

	for name, c := range map[string]struct {
		says error
		code fault.Code
		want string
	}{
		"allowed":       {nil, "", ""},
		"without code":  {io.ErrUnexpectedEOF, fault.CodeForbidden, `append of "card_added" to "meeting:42" is forbidden: unexpected EOF`},
		"with code":     {fault.RateLimited("slow down: 3 s"), fault.CodeRateLimited, "slow down: 3 s"},
		"context ended": {context.Canceled, fault.CodeUnavailable, "context canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var asked *auth.Request

			guard := auth.Guard(func(_ context.Context, r *auth.Request) error {
				asked = r
				return c.says
			})

			err := guard.Decide(t.Context(), request)
			if fault.Of(err) != c.code || c.want != "" && err.Error() != c.want || !errors.Is(err, c.says) {
				t.Errorf("Decide returned %v (%s), want %s (%s)", err, fault.Of(err), c.want, c.code)
			}

			if asked != request {
				t.Error("the guard was not asked about the request")
			}
		})
	}
}

func TestRefuseSaysWhatAndWho(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		request auth.Request
		want    string
	}{
		{
			auth.Request{Operation: auth.Join, Stream: "meeting:42"},
			`join of "meeting:42" is forbidden: the guard says no to nobody`,
		},
		{
			auth.Request{Operation: auth.Watch, Stream: "meeting:*", Caller: &auth.Caller{ID: "anon-x", Anonymous: true}},
			`watch of "meeting:*" is forbidden: the guard says no to "anon-x", who has no role`,
		},
		{
			auth.Request{Operation: auth.Signal, Stream: "meeting:42", Type: "cursor_moved", Caller: &auth.Caller{ID: "anna", Role: "viewer"}},
			`signal of "cursor_moved" to "meeting:42" is forbidden: the guard says no to "anna", whose role is "viewer"`,
		},
		{
			auth.Request{Operation: auth.Dispatch, Stream: "account:$next", Type: "register", Caller: &auth.Caller{ID: "anna"}},
			`dispatch of "register" to "account:$next" is forbidden: the guard says no to "anna", who has no role`,
		},
	} {
		err := auth.Refuse(t.Context(), &c.request)
		if fault.Of(err) != fault.CodeForbidden || err.Error() != c.want {
			t.Errorf("Refuse returned %v (%s), want %s", err, fault.Of(err), c.want)
		}
	}
}

// TestRefusalIsShort shows that a refusal does not repeat a long request.
func TestRefusalIsShort(t *testing.T) {
	t.Parallel()

	err := auth.Refuse(t.Context(), &auth.Request{Operation: auth.Append, Stream: "meeting:42", Type: strings.Repeat("x", 1<<20)})
	if len(err.Error()) > 300 {
		t.Errorf("the refusal has %d bytes", len(err.Error()))
	}
}

func TestIsAdmin(t *testing.T) {
	t.Parallel()

	var nobody *auth.Caller
	if nobody.IsAdmin() || (&auth.Caller{ID: "anna", Role: "viewer"}).IsAdmin() {
		t.Error("who is no admin passes for one")
	}

	if !(&auth.Caller{ID: "anna", Role: auth.Admin}).IsAdmin() {
		t.Error("an admin is not recognised")
	}
}
