package category

import (
	"context"
	"strings"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/fault"
)

// Authorize says why a caller may not do something; nil if they may. What is
// declared is allowed, unless a guard says otherwise. The system's own streams,
// and watching a category, are for admins, and for those whom a guard lets in.
// It fails with fault.CodeNotFound if the category is not declared, with
// fault.CodeForbidden if nobody lets the caller in, and with the guard's own code
// if its error has one.
func (s *Set) Authorize(ctx context.Context, r *auth.Request) error {
	c, err := s.Find(r.Stream.Category())
	if err != nil {
		return err
	}

	guard, known := c.guards.of(r.Operation)
	if !known {
		return fault.Forbidden("%s on %s is no operation that anybody is allowed", shown(string(r.Operation)), shown(string(r.Stream)))
	}

	whole := r.Operation == auth.Watch || r.Stream.ID() == "*"
	if whole {
		guard = c.guards.Watch
	}

	forAdmins := whole || strings.HasPrefix(c.name, systemSign)
	switch {
	case forAdmins && r.Caller.IsAdmin():
		return nil
	case guard != nil:
		return guard.Decide(ctx, r)
	case forAdmins:
		return fault.Forbidden("%s on %s is for callers with the role admin: ask as one, or declare a guard that lets others in", r.Operation, shown(string(r.Stream)))
	default:
		return nil
	}
}

// AuthorizeAdmin says with fault.CodeForbidden that a caller is no admin, which
// what they want needs.
func (*Set) AuthorizeAdmin(_ context.Context, c *auth.Caller, what string) error {
	if c.IsAdmin() {
		return nil
	}

	return fault.Forbidden("%s is for callers with the role admin: ask as one", what)
}
