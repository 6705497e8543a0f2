package server

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/recountdev/recount/fault"
)

// What pages of other origins may send, and see of an answer.
const (
	corsHeaders = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, " +
		"Producer-Epoch, Producer-Id, Producer-Seq, Stream-Closed, Stream-Seq" // these are refused, but with a reason
	corsExposed = "ETag, Location, Retry-After, " + headerNextOffset + ", " + headerUpToDate + ", " + headerCursor
	corsMaxAge  = "600" // seconds
)

// originAllowed reports whether a request may come from where it comes from: no
// page of a browser, a page of the same host, or one of a listed origin; where
// only the own machine is answered, also a page that the own machine serves.
func (s *Server) originAllowed(r *http.Request) bool {
	origin, stated := statedOrigin(r)

	return !stated || sameHost(origin, r.Host) || s.originListed(origin) || s.local && isLocalOrigin(origin)
}

// originListed reports whether pages of an origin may read answers.
func (s *Server) originListed(origin string) bool {
	return slices.ContainsFunc(s.origins, func(listed string) bool {
		return strings.EqualFold(strings.TrimSuffix(listed, "/"), origin)
	})
}

// statedOrigin returns the origin of the page that made the request, and whether
// it comes from a page at all.
func statedOrigin(r *http.Request) (string, bool) {
	values := r.Header.Values("Origin")
	if len(values) == 0 {
		return "", false
	}

	return strings.Join(values, ", "), true // several are no origin that anybody lists
}

// sameHost reports whether an origin is that of the host which was asked.
func sameHost(origin, host string) bool {
	u, ok := parseOrigin(origin)

	return ok && strings.EqualFold(withoutPort(u.Host, u.Scheme), withoutPort(host, u.Scheme))
}

// isLocalOrigin reports whether an origin is of this machine by its name, as that
// of a page which a developer's server shows.
func isLocalOrigin(origin string) bool {
	u, ok := parseOrigin(origin)

	return ok && isLocal(u.Host)
}

// parseOrigin reads the origin of a page of the web.
func parseOrigin(origin string) (*url.URL, bool) {
	u, err := url.Parse(origin)

	return u, err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// withoutPort leaves out the port that a scheme has anyway.
func withoutPort(host, scheme string) string {
	if scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}

	return strings.TrimSuffix(host, ":80")
}

// isLocal reports whether a host is this machine by its name. A page that a name
// server sends to this machine under a name of its own (DNS rebinding) is not.
func isLocal(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}

	ip := net.ParseIP(strings.Trim(host, "[]"))

	return ip != nil && ip.IsLoopback() || strings.EqualFold(host, "localhost")
}

// checkOrigin refuses requests of pages that are none of ours, and tells the
// browsers of the others what they may do.
func (s *Server) checkOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Add("Vary", "Origin")

		if s.local && !isLocal(r.Host) {
			s.refuse(w, r, fault.Forbidden("this server is for the own machine only, not for the host %.80q: ask for localhost or 127.0.0.1", r.Host))

			return
		}

		if !s.originAllowed(r) {
			origin, _ := statedOrigin(r)
			s.strangers.meet(r.Context(), s.logger, origin)
			s.refuse(w, r, fault.Forbidden("pages of the origin %.80q may not come here: list it in auth.origins, or serve the page from this host", origin))

			return
		}

		if origin, stated := statedOrigin(r); stated {
			header.Set("Access-Control-Allow-Origin", origin)
			header.Set("Access-Control-Allow-Credentials", "true")
			header.Set("Access-Control-Expose-Headers", corsExposed)
			header.Set("Cross-Origin-Resource-Policy", "cross-origin")
		}

		next.ServeHTTP(w, r)
	})
}

// answerOptions tells which methods a path has, and what a browser asks before
// it lets a page of another origin send its request.
func answerOptions(w http.ResponseWriter, r *http.Request, allow string) {
	header := w.Header()
	header.Set("Allow", allow)
	if r.Header.Get("Access-Control-Request-Method") != "" {
		header.Set("Access-Control-Allow-Methods", allow)
		header.Set("Access-Control-Allow-Headers", corsHeaders)
		header.Set("Access-Control-Max-Age", corsMaxAge)
	}

	w.WriteHeader(http.StatusNoContent)
}
