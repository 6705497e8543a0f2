package server

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/wire"
)

// problem is a problem document (RFC 9457). Its type is about:blank: what kind of
// problem it is stands in its code.
type problem struct {
	Type     string          `json:"type"`
	Title    string          `json:"title"`
	Status   int             `json:"status"`
	Detail   string          `json:"detail"`
	Code     fault.Code      `json:"code"`
	Details  json.RawMessage `json:"details,omitempty"`
	Retry    bool            `json:"retry,omitempty"`
	Expected *uint64         `json:"expected,omitempty"`
	Actual   *uint64         `json:"actual,omitempty"`
	ErrorID  string          `json:"error_id,omitempty"`
}

// mostWait is how many seconds a client waits at most before it comes again.
const mostWait = 5

// refuse answers with a problem document. Internal errors go to the log instead,
// under the same ID. It does nothing if the client is gone or has an answer.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f := wire.FailureOf(err)
	if f.ErrorID != "" {
		s.logger.ErrorContext(r.Context(), "a request failed", "error_id", f.ErrorID, "method", r.Method, "path", r.URL.EscapedPath(), "error", err)
	}

	status := statusOf(err)
	left := r.Context().Err() != nil && status != http.StatusRequestTimeout // whoever takes too long still listens

	if answer, ok := w.(*writer); left || ok && answer.status != 0 {
		return
	}

	s.metrics.refused(f.Code)

	p := problem{
		Type: "about:blank", Status: status, Detail: f.Message, Code: f.Code, Details: f.Details,
		Retry: f.Retry, Expected: f.Expected, Actual: f.Actual, ErrorID: f.ErrorID,
	}
	p.Title = http.StatusText(status)

	header := w.Header()
	for _, name := range []string{"ETag", "Cache-Control", headerNextOffset, headerUpToDate, headerCursor} {
		header.Del(name) // of an answer that did not come about
	}

	header.Set("Content-Type", "application/problem+json")
	header.Set("Cache-Control", "no-store")

	switch status {
	case http.StatusUnauthorized:
		header.Set("WWW-Authenticate", `Bearer realm="recount"`)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		header.Set("Retry-After", strconv.Itoa(retryAfter(err)))
	}

	w.WriteHeader(status)

	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // it is no HTML, and people read it
	_ = encoder.Encode(p)        // nobody is left to tell
}

// retryAfter returns after how many seconds a client should come again: as many
// as the error says, else a few, at random, so that not all come at once.
func retryAfter(err error) int {
	if e, ok := errors.AsType[interface {
		error
		RetryAfterSeconds() int
	}](err); ok {
		return max(1, e.RetryAfterSeconds())
	}

	return 1 + rand.IntN(mostWait) //nolint:gosec // spreads clients, guards nothing
}
