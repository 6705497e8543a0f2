package category_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

var operations = []auth.Operation{auth.Join, auth.Append, auth.Signal, auth.Read, auth.Watch, auth.Dispatch}

// onlyAda lets one caller do what it guards.
func onlyAda(_ context.Context, r *auth.Request) error {
	if r.Caller.ID == "ada" {
		return nil
	}

	return errors.New("you are not Ada")
}

func guarded() category.Guards {
	return category.Guards{Join: onlyAda, Append: onlyAda, Signal: onlyAda, Read: onlyAda, Watch: onlyAda, Dispatch: onlyAda}
}

// TestDefaults holds the table of who may do what.
func TestDefaults(t *testing.T) {
	t.Parallel()

	set := newSet(t, map[string]category.Declaration{
		"plain":    {},
		"guarded":  {Guards: guarded()},
		"$guarded": {Guards: guarded()},
	})
	ada, bob, admin := &auth.Caller{ID: "ada", Role: "user"}, &auth.Caller{ID: "bob"}, &auth.Caller{ID: "eve", Role: "admin"}

	for _, c := range []struct {
		stream                   event.Stream
		operation                auth.Operation
		ada, bob, admin, nobody_ fault.Code
	}{
		{"plain:1", auth.Join, "", "", "", ""},
		{"plain:1", auth.Append, "", "", "", ""},
		{"plain:1", auth.Signal, "", "", "", ""},
		{"plain:1", auth.Read, "", "", "", ""},
		{"plain:1", auth.Dispatch, "", "", "", ""},
		{"plain:$next", auth.Dispatch, "", "", "", ""},
		{"plain:*", auth.Watch, fault.CodeForbidden, fault.CodeForbidden, "", fault.CodeForbidden},
		{"plain:*", auth.Join, fault.CodeForbidden, fault.CodeForbidden, "", fault.CodeForbidden},
		{"plain:*", auth.Read, fault.CodeForbidden, fault.CodeForbidden, "", fault.CodeForbidden},
		{"plain:1", "delete", fault.CodeForbidden, fault.CodeForbidden, fault.CodeForbidden, fault.CodeForbidden},

		{"guarded:1", auth.Join, "", fault.CodeForbidden, fault.CodeForbidden, ""},
		{"guarded:1", auth.Append, "", fault.CodeForbidden, fault.CodeForbidden, ""},
		{"guarded:1", auth.Signal, "", fault.CodeForbidden, fault.CodeForbidden, ""},
		{"guarded:1", auth.Read, "", fault.CodeForbidden, fault.CodeForbidden, ""},
		{"guarded:1", auth.Dispatch, "", fault.CodeForbidden, fault.CodeForbidden, ""},
		{"guarded:*", auth.Watch, "", fault.CodeForbidden, "", ""},

		{"missing:1", auth.Join, fault.CodeNotFound, fault.CodeNotFound, fault.CodeNotFound, fault.CodeNotFound},
		{"missing:*", auth.Watch, fault.CodeNotFound, fault.CodeNotFound, fault.CodeNotFound, fault.CodeNotFound},

		{"$system:1", auth.Join, fault.CodeForbidden, fault.CodeForbidden, "", fault.CodeForbidden},
		{"$system:1", auth.Append, fault.CodeForbidden, fault.CodeForbidden, "", fault.CodeForbidden},
		{"$system:1", auth.Signal, fault.CodeForbidden, fault.CodeForbidden, "", fault.CodeForbidden},
		{"$system:1", auth.Read, fault.CodeForbidden, fault.CodeForbidden, "", fault.CodeForbidden},
		{"$system:1", auth.Dispatch, fault.CodeForbidden, fault.CodeForbidden, "", fault.CodeForbidden},
		{"$system:*", auth.Watch, fault.CodeForbidden, fault.CodeForbidden, "", fault.CodeForbidden},
		{"$system:1", "delete", fault.CodeForbidden, fault.CodeForbidden, fault.CodeForbidden, fault.CodeForbidden},

		{"$guarded:1", auth.Join, "", fault.CodeForbidden, "", ""},
		{"$guarded:1", auth.Append, "", fault.CodeForbidden, "", ""},
		{"$guarded:*", auth.Watch, "", fault.CodeForbidden, "", ""},
	} {
		for _, who := range []struct {
			caller *auth.Caller
			want   fault.Code
		}{{ada, c.ada}, {bob, c.bob}, {admin, c.admin}} {
			err := set.Authorize(t.Context(), &auth.Request{Operation: c.operation, Caller: who.caller, Stream: c.stream})
			if fault.Of(err) != who.want {
				t.Errorf("%s on %s by %s: got %v, want code %q", c.operation, c.stream, who.caller.ID, err, who.want)
			}
		}

		if c.nobody_ == "" { // the guard of this test wants a caller
			continue
		}

		if err := set.Authorize(t.Context(), &auth.Request{Operation: c.operation, Stream: c.stream}); fault.Of(err) != c.nobody_ {
			t.Errorf("%s on %s by nobody: got %v, want code %q", c.operation, c.stream, err, c.nobody_)
		}
	}
}

// TestEachOperationHasItsGuard sees that no guard stands in for another.
func TestEachOperationHasItsGuard(t *testing.T) {
	t.Parallel()

	deny := func(what auth.Operation) auth.Guard {
		return func(context.Context, *auth.Request) error { return errors.New(string(what)) }
	}
	set := newSet(t, map[string]category.Declaration{"m": {Guards: category.Guards{
		Join: deny(auth.Join), Append: deny(auth.Append), Signal: deny(auth.Signal), Read: deny(auth.Read), Watch: deny(auth.Watch), Dispatch: deny(auth.Dispatch),
	}}})

	for _, operation := range operations {
		err := set.Authorize(t.Context(), &auth.Request{Operation: operation, Caller: &auth.Caller{ID: "ada"}, Stream: "m:1"})
		wantError(t, string(operation), errors.Unwrap(errors.Unwrap(err)), fault.CodeInternal, string(operation))
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()

	refuse := func(err error) category.Declaration {
		return category.Declaration{Guards: category.Guards{Join: func(context.Context, *auth.Request) error { return err }}}
	}
	set := newSet(t, map[string]category.Declaration{
		"plain": refuse(io.EOF), "coded": refuse(fault.Unavailable("later")), "meeting": {},
	})

	for _, c := range []struct {
		stream event.Stream
		op     auth.Operation
		code   fault.Code
		want   string
	}{
		{"plain:1", auth.Join, fault.CodeForbidden, `join of "plain:1" is forbidden: EOF`},
		{"coded:1", auth.Join, fault.CodeUnavailable, `later`},
		{"meting:1", auth.Join, fault.CodeNotFound, `category "meting" is not declared: did you mean "meeting"?`},
		{"$x:1", auth.Append, fault.CodeForbidden, `append on "$x:1" is for callers with the role admin: ask as one, or declare a guard that lets others in`},
		{"meeting:*", auth.Watch, fault.CodeForbidden, `watch on "meeting:*" is for callers with the role admin: ask as one, or declare a guard that lets others in`},
		{"meeting:1", "shred", fault.CodeForbidden, `"shred" on "meeting:1" is no operation that anybody is allowed`},
	} {
		err := set.Authorize(t.Context(), &auth.Request{Operation: c.op, Caller: &auth.Caller{ID: "ada"}, Stream: c.stream})
		wantError(t, string(c.stream), err, c.code, c.want)
	}
}

// TestAuthorizeOpen sees that a workbench is open, but not the system's streams.
func TestAuthorizeOpen(t *testing.T) {
	t.Parallel()

	set := category.Open()
	for _, operation := range operations[:4] {
		if err := set.Authorize(t.Context(), &auth.Request{Operation: operation, Caller: &auth.Caller{}, Stream: "any:1"}); err != nil {
			t.Errorf("%s: %v", operation, err)
		}

		if err := set.Authorize(t.Context(), &auth.Request{Operation: operation, Caller: &auth.Caller{}, Stream: "$any:1"}); fault.Of(err) != fault.CodeForbidden {
			t.Errorf("%s of the system's: %v", operation, err)
		}
	}
}

func TestAuthorizeAdmin(t *testing.T) {
	t.Parallel()

	set := category.Open()
	wantError(t, "admin", set.AuthorizeAdmin(t.Context(), &auth.Caller{ID: "eve", Role: "admin"}, "the feed"), "", "")
	for _, c := range []*auth.Caller{nil, {}, {ID: "ada", Role: "Admin"}} {
		wantError(t, "nobody", set.AuthorizeAdmin(t.Context(), c, "the feed"), fault.CodeForbidden, "the feed is for callers with the role admin: ask as one")
	}
}
