package server

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server/internal/websocket"
)

// handler answers a request, or says why it cannot; then nothing was written.
type handler func(w http.ResponseWriter, r *http.Request) error

// serve makes a handler for net/http out of one of ours: errors become problem
// documents, panics internal errors, and all is counted under the route.
func (s *Server) serve(route string, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := newWriter(w, cmp.Or(s.limits.Stall, writePatience))

		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler { //nolint:errorlint // the value itself, as net/http has it
					panic(p)
				}

				s.refuse(answer, r, fault.Internal("panic: %v\n%s", p, debug.Stack()))
			}

			s.metrics.answered(route, r.Method, answer.status)
		}()

		if r.ContentLength != 0 { // net/http waits for a body that nobody reads
			_ = answer.control.SetReadDeadline(time.Now().Add(bodyPatience)) // without a connection there is none
		}

		if err := h(answer, r); err != nil {
			s.refuse(answer, r, err)
		}
	})
}

// streamOf returns the stream that a request is about.
func (s *Server) streamOf(r *http.Request) (event.Stream, error) {
	stream := event.Stream(r.PathValue("stream"))

	return stream, s.limits.Event.CheckStream(stream)
}

// untilDrained returns a context that also ends when the server drains, or when
// the caller's token expires.
func (s *Server) untilDrained(ctx context.Context, c *auth.Caller) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.draining, cancel)

	if !c.Expires.IsZero() {
		timed, expire := context.WithDeadline(ctx, c.Expires)

		return timed, func() { expire(); stop(); cancel() }
	}

	return ctx, func() { stop(); cancel() }
}

// statusError is an error that HTTP has a closer status for than its code.
type statusError struct {
	status int
	err    error
}

func withStatus(status int, err error) error { return &statusError{status, err} }

// Error returns the message of the error.
func (e *statusError) Error() string { return e.err.Error() }

// Unwrap returns the error itself.
func (e *statusError) Unwrap() error { return e.err }

// statusOf returns the status of an answer that says err.
func statusOf(err error) int {
	if e, ok := errors.AsType[*statusError](err); ok {
		return e.status
	}

	if status := websocket.Status(err); status >= 400 && status < 500 {
		return status // of a handshake that failed
	}

	return fault.Of(err).HTTPStatus()
}
