package auth

import (
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// Admin is the role that may do everything a guard does not refuse.
const Admin = "admin"

// Caller is who asks. The zero value is nobody. Callers are shared: treat the
// claims as read-only.
type Caller struct {
	// ID names the caller, and is the actor of the caller's events. It is ""
	// only for nobody.
	ID string
	// Role is what the caller may be asked to be by a guard; "" for
	// anonymous callers.
	Role string
	// Claims are what the token says, or what a Func gave. In those of a
	// token, whole numbers are int64 and other numbers float64.
	Claims map[string]any
	// Anonymous says that nobody knows more about the caller than an ID that
	// this server made.
	Anonymous bool
	// Expires is when the caller has to show a new token. Zero is never.
	Expires time.Time
}

// IsAdmin reports whether the caller has the role of administrators.
func (c *Caller) IsAdmin() bool { return c != nil && c.Role == Admin }

// Expired reports whether the caller has to show a new token before they may
// do anything.
func (c *Caller) Expired(now time.Time) bool {
	return !c.Expires.IsZero() && !now.Before(c.Expires)
}

// checkID says what is wrong with an ID, if anything is: it has to be good as
// the actor of an event.
func checkID(id string) error {
	if id == "" {
		return fault.Unauthenticated("the ID of the caller is empty")
	}

	if err := (event.Limits{}).CheckDraft(&event.Draft{Type: "checked", Actor: id}); err != nil {
		return fault.Unauthenticated("the ID of the caller cannot be the actor of an event: %w", err)
	}

	return nil
}
