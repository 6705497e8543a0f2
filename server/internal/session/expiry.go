package session

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/wire"
)

// warning is how long before a token expires the client is told.
const warning = time.Minute

// expireAt sees to it that the client is told in time, and that its
// subscriptions end when its token expires. Zero means never.
func (s *Session) expireAt(expires time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.expiry != nil {
		s.expiry.Stop()
		s.expiry = nil
	}

	if expires.IsZero() || s.closed {
		return
	}

	left := time.Until(expires)
	s.expiry = time.AfterFunc(left-min(warning, left/2), func() { s.warn(expires) })
}

// warn tells the client that its token is about to expire.
func (s *Session) warn(expires time.Time) {
	s.mu.Lock()
	if s.closed || !s.caller.Expires.Equal(expires) {
		s.mu.Unlock()

		return
	}

	s.expiry = time.AfterFunc(time.Until(expires), func() { s.expire(expires) })
	s.mu.Unlock()

	s.Notify(fault.CodeUnauthenticated, "the token expires at "+expires.UTC().Format(time.RFC3339)+": send $authenticate with a fresh one", 0)
}

// expire ends all subscriptions.
func (s *Session) expire(expires time.Time) {
	s.mu.Lock()
	fresh := !s.caller.Expires.Equal(expires)
	s.mu.Unlock()

	if fresh {
		return
	}

	for _, ch := range s.all() {
		s.end(ch, fault.Unauthenticated("the token has expired: connect again with a fresh one"))
	}
}

// authRequest is the payload of $authenticate.
type authRequest struct {
	Token string `json:"token"`
}

// authenticated is the answer to $authenticate.
type authenticated struct {
	// Expires is null if the token never does.
	Expires *time.Time `json:"expires"`
}

// authenticateEvent is the name of the push that brings a fresh token.
const authenticateEvent = "$authenticate"

// authenticate takes a fresh token of the same caller. What the caller may not
// do with it ends when it has been answered.
func (s *Session) authenticate(ctx context.Context, _ *channel, m *wire.Message) ([]byte, error) {
	var request authRequest
	if err := decode(m, &request); err != nil {
		return nil, err
	}

	fresh, err := s.house.Auth.Token(ctx, request.Token)
	if err != nil {
		return nil, err
	}

	s.mu.Lock()
	if old := s.caller.ID; fresh.ID != old {
		s.mu.Unlock()

		return nil, fault.Forbidden("$authenticate: the token is that of %q, and the connection is %q's: open another connection", fresh.ID, old)
	}

	s.caller = fresh
	s.mu.Unlock()

	s.expireAt(fresh.Expires)

	var answer authenticated
	if !fresh.Expires.IsZero() {
		expires := fresh.Expires.UTC()
		answer.Expires = &expires
	}

	return encode(answer), nil
}

// Recheck asks the guards again, and ends the subscriptions that the caller has
// lost the right to. A guard that cannot tell now, because what it asks is away,
// ends nothing: it is asked again. One that panics ends what it was asked about.
func (s *Session) Recheck(ctx context.Context) {
	caller := s.Caller()
	for _, ch := range s.all() {
		err := s.mayStay(ctx, &caller, ch)

		switch fault.Of(err) {
		case "":
		case fault.CodeUnavailable, fault.CodeRateLimited, fault.CodeInternal:
			s.house.Logger.WarnContext(ctx, "a guard could not be asked again", "topic", ch.name, "error", err)
		default:
			s.end(ch, err)
		}
	}
}

// mayStay asks the guard of a channel.
func (s *Session) mayStay(ctx context.Context, caller *auth.Caller, ch *channel) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.house.Logger.ErrorContext(ctx, "a guard panicked", "topic", ch.name, "panic", p, "stack", string(debug.Stack()))
			err = fault.Forbidden("nobody could decide whether you may stay")
		}
	}()

	return s.house.Door.MayJoin(ctx, caller, ch.name.Stream())
}
