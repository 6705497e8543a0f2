package auth

import (
	"net/http"
	"time"
)

// CookieName is the cookie that brings an anonymous caller back over HTTP.
const CookieName = "recount_caller"

// cookieAge is the longest that browsers keep a cookie.
const cookieAge = 400 * 24 * time.Hour

// Cookie returns the cookie that makes an anonymous caller the same one at the
// next request; see CallerToken for its errors. Scripts cannot read it, and
// other sites cannot send it but by a link. Say secure where the request came
// over TLS.
func (a *Authenticator) Cookie(c *Caller, secure bool) (*http.Cookie, error) {
	value, err := a.CallerToken(c)
	if err != nil {
		return nil, err
	}

	return &http.Cookie{ //nolint:gosec // whoever got the request knows whether it came over TLS
		Name:     CookieName,
		Value:    value,
		Path:     "/",
		MaxAge:   int(cookieAge / time.Second),
		Secure:   secure,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	}, nil
}

// cookieID returns the ID that a cookie of ours is about, "" if there is none
// that holds. A cookie that does not hold is no mistake of whoever sends it:
// scripts cannot take it away.
func (a *Authenticator) cookieID(r *http.Request) string {
	const enough = 4 // another site of the same domain may have set more

	for i, cookie := range r.CookiesNamed(CookieName) {
		if i == enough {
			break
		}

		t, err := parseToken(cookie.Value)
		if err != nil {
			continue
		}

		if id, err := a.mint.verify(t); err == nil {
			return id
		}
	}

	return ""
}
