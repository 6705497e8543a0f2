package server

import (
	"net/http"
	"strings"

	"github.com/recountdev/recount/auth"
)

// knownHandler is a handler that needs to know who asks.
type knownHandler func(w http.ResponseWriter, r *http.Request, c *auth.Caller) error

// known finds out who asks before it calls h.
func (s *Server) known(h knownHandler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Add("Vary", "Authorization, Cookie")

		token := auth.TokenOf(r)
		c, err := s.auth.Request(r, token)
		if err != nil {
			return err
		}

		if c.Anonymous && token == "" {
			s.remember(w, r, &c)
		}

		return h(w, r, &c)
	}
}

// remember gives an anonymous caller a cookie, so that it is the same one next
// time, unless it has it already.
func (s *Server) remember(w http.ResponseWriter, r *http.Request, c *auth.Caller) {
	secure := r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")

	cookie, err := s.auth.Cookie(c, secure)
	if err != nil {
		return // an application's own anonymous caller, which it remembers itself
	}

	for _, had := range r.CookiesNamed(cookie.Name) {
		if had.Value == cookie.Value {
			return
		}
	}

	http.SetCookie(w, cookie)
}
