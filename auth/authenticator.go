package auth

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/recountdev/recount/fault"
)

// Func lets an application authenticate by its own cookies and sessions. The
// zero Caller means nobody, and goes on with what else there is. An error with
// a code refuses the request with it; another error is taken for a failure of
// the application. A Func must be safe for concurrent use.
type Func func(r *http.Request) (Caller, error)

// Options says who is admitted. The zero value admits nobody.
type Options struct {
	// JWT says whose tokens are accepted. Defaults to none but our own.
	JWT *JWT
	// Func is the application's own way. Defaults to none.
	Func Func
	// Anonymous admits callers who show nothing. They get an ID that nobody
	// can guess, and a token that makes them the same caller when they come
	// back.
	Anonymous bool
	// Key signs the IDs of anonymous callers: 32 random bytes that stay the
	// same as long as the store. Defaults to new ones.
	Key []byte
	// Everybody makes every caller who would be anonymous this one, with an
	// ID of their own: for a workbench where everybody is an admin. Its ID is
	// not used. Defaults to none.
	Everybody *Caller
	// Now returns the time. Defaults to time.Now.
	Now func() time.Time
	// Logger gets what goes wrong with the JWKS. Defaults to none.
	Logger *slog.Logger
}

// Authenticator says who asks. Safe for concurrent use.
type Authenticator struct {
	o        Options
	mint     *mint
	verifier *verifier // nil without JWT
}

// New checks the options (CodeInvalid) and returns an Authenticator. If there
// is a JWKS it starts to fetch it and does not wait for it; that ends when ctx
// does.
func New(ctx context.Context, o Options) (*Authenticator, error) {
	a := &Authenticator{o: o}
	if o.Now == nil {
		a.o.Now = time.Now
	}

	if o.Logger == nil {
		a.o.Logger = slog.New(slog.DiscardHandler)
	}

	var err error
	if a.mint, err = newMint(o.Key); err != nil {
		return nil, err
	}

	if o.JWT != nil {
		if a.verifier, err = newVerifier(ctx, o.JWT, a.o.Now, a.o.Logger); err != nil {
			return nil, err
		}
	}

	return a, nil
}

// Request returns who makes a request. The token is what it shows (see
// [TokenOf]), "" if it shows none. The first of these decides:
//
//  1. with JWT, the token, unless it is one of our own;
//  2. Func;
//  3. the token, which is one of our own or a mistake;
//  4. the cookie of an anonymous caller;
//  5. if callers may be anonymous, a new ID.
//
// So a caller who logs in is no longer the anonymous one, an application may
// have tokens of its own form, and a token that is not good is never ignored,
// unless Everybody is admitted anyway and there is no JWT.
// The error has CodeUnauthenticated, CodeUnavailable while the keys of a JWKS
// are not there, or is that of the Func.
func (a *Authenticator) Request(r *http.Request, token string) (Caller, error) {
	if token != "" && a.verifier != nil {
		t, err := parseToken(token)
		if err != nil {
			return Caller{}, err
		}

		if t.key != ownKeyID {
			return a.verifier.verify(r.Context(), t)
		}
	}

	if c, err := a.ask(r); err != nil || c.ID != "" {
		return c, err
	}

	if token != "" {
		if c, err := a.Token(r.Context(), token); err == nil || a.o.Everybody == nil {
			return c, err
		}
	}

	if !a.admitsAnonymous() {
		return Caller{}, a.nobody()
	}

	if id := a.cookieID(r); id != "" {
		return a.anonymous(id), nil
	}

	return a.anonymous(newAnonymousID()), nil
}

// Token returns whom a token is about, without a request: a JWT, or the token
// of an anonymous caller. Errors are those of Request.
func (a *Authenticator) Token(ctx context.Context, token string) (Caller, error) {
	if token == "" {
		return Caller{}, a.nobody()
	}

	t, err := parseToken(token)
	if err != nil {
		return Caller{}, err
	}

	switch {
	case t.key == ownKeyID && a.admitsAnonymous():
		id, err := a.mint.verify(t)
		if err != nil {
			return Caller{}, err
		}

		return a.anonymous(id), nil
	case t.key == ownKeyID:
		return Caller{}, fault.Unauthenticated("this server takes no anonymous callers any more: sign in")
	case a.verifier != nil:
		return a.verifier.verify(ctx, t)
	default:
		return Caller{}, fault.Unauthenticated("this server takes no tokens of others: connect without one")
	}
}

// CallerToken returns the token that makes an anonymous caller the same one
// again: a JWT (HS256, issuer recount) that does not expire, always the same
// for an ID. Callers who are not anonymous have none (CodeInvalid).
func (a *Authenticator) CallerToken(c *Caller) (string, error) {
	if !c.Anonymous || !isAnonymousID(c.ID) {
		return "", fault.Invalid("caller %s has no token from this server: only anonymous callers have", clip(c.ID))
	}

	token, err := a.mint.token(c.ID)
	if err != nil {
		return "", fault.Internal("sign the token of an anonymous caller: %w", err)
	}

	return token, nil
}

// ask asks the application.
func (a *Authenticator) ask(r *http.Request) (Caller, error) {
	if a.o.Func == nil {
		return Caller{}, nil
	}

	c, err := a.o.Func(r)
	if err != nil || c.ID == "" {
		return Caller{}, err
	}

	if err := checkID(c.ID); err != nil {
		return Caller{}, err
	}

	if c.Expired(a.o.Now()) {
		return Caller{}, fault.Unauthenticated("the session of %s expired at %s: sign in again", clip(c.ID), printed(c.Expires))
	}

	return c, nil
}

func (a *Authenticator) admitsAnonymous() bool { return a.o.Anonymous || a.o.Everybody != nil }

// anonymous returns the anonymous caller with an ID.
func (a *Authenticator) anonymous(id string) Caller {
	var c Caller
	if a.o.Everybody != nil {
		c = *a.o.Everybody
	}

	c.ID, c.Anonymous = id, true

	return c
}

// nobody is the error for who shows nothing.
func (a *Authenticator) nobody() error {
	switch {
	case a.verifier != nil:
		return fault.Unauthenticated("no token: send one as Authorization: Bearer TOKEN, as authToken of phoenix.js, or as the parameter token")
	case a.o.Func != nil:
		return fault.Unauthenticated("nobody is signed in: sign in to the application first")
	default:
		return fault.Unauthenticated("this server admits nobody: whoever runs it has to allow anonymous callers, or say whose tokens it takes")
	}
}
