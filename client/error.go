package client

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// Error is what a server said against a request.
type Error struct {
	// Code says why; see package fault.
	Code fault.Code
	// Message is for people.
	Message string
	// Status is that of HTTP.
	Status int
	// Expected and Actual are the versions of a conflict; nil where there are
	// none, 0 for no stream.
	Expected, Actual *event.Version
	// Details is JSON text with more for programs, or nil.
	Details json.RawMessage
	// ErrorID names an internal error in the server's log.
	ErrorID string
	// RetryAfter is how long the server asks to wait, or 0.
	RetryAfter time.Duration
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// FaultCode returns the code that package fault gives this error.
func (e *Error) FaultCode() string { return string(e.Code) }

// ConflictVersions returns the versions of a conflict, for package wire; 0 where
// there are none.
func (e *Error) ConflictVersions() (expected, actual uint64) {
	if e.Expected != nil {
		expected = uint64(*e.Expected)
	}

	if e.Actual != nil {
		actual = uint64(*e.Actual)
	}

	return expected, actual
}

// mostProblem is the most of a problem document that is read.
const mostProblem = 1 << 20

// readError returns the error of an answer.
func readError(answer *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(answer.Body, mostProblem)) // what came of it has to do

	var p struct {
		Code     fault.Code      `json:"code"`
		Detail   string          `json:"detail"`
		Expected *event.Version  `json:"expected"`
		Actual   *event.Version  `json:"actual"`
		Details  json.RawMessage `json:"details"`
		ErrorID  string          `json:"error_id"`
	}

	e := &Error{Status: answer.StatusCode, RetryAfter: retryAfter(answer.Header)}
	if json.Unmarshal(text, &p) != nil || p.Code == "" {
		e.Code = codeOf(answer.StatusCode)
		e.Message = strings.TrimSpace("the server answered " + answer.Status + " " + firstLine(string(text)))

		return e
	}

	e.Code, e.Message, e.Expected, e.Actual, e.Details, e.ErrorID = p.Code, p.Detail, p.Expected, p.Actual, p.Details, p.ErrorID

	return e
}

// firstLine returns some of a text that may be anything.
func firstLine(text string) string {
	const most = 200

	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if len(line) > most {
		line = line[:most] + "…"
	}

	return strings.ToValidUTF8(line, "?")
}

// codeOf returns the code for a status that somebody else than Recount gave, such
// as a proxy.
func codeOf(status int) fault.Code {
	switch status {
	case http.StatusPreconditionFailed:
		return fault.CodeConflict
	case http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusRequestTimeout:
		return fault.CodeUnavailable
	}

	for _, code := range []fault.Code{
		fault.CodeUnauthenticated, fault.CodeForbidden, fault.CodeNotFound, fault.CodeConflict, fault.CodeGone,
		fault.CodeTooLarge, fault.CodeRejected, fault.CodeRateLimited, fault.CodeUnavailable,
	} {
		if code.HTTPStatus() == status {
			return code
		}
	}

	if status >= http.StatusInternalServerError {
		return fault.CodeInternal
	}

	return fault.CodeInvalid
}

// retryAfter returns how long an answer asks to wait.
func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.ParseUint(header.Get("Retry-After"), 10, 16)
	if err != nil {
		return 0
	}

	return time.Duration(seconds) * time.Second
}

// noAnswer is the error of a request without an answer.
func noAnswer(server string, err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // without the address, which says what was asked
	}

	if neverSent(err) {
		return fault.Unavailable("no server at %s: %w", server, err)
	}

	return fault.Unavailable("no answer from %s: %w", server, err)
}

// neverSent reports whether a request did not even leave.
func neverSent(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)

	return ok && op.Op == "dial"
}

// mayRetry reports whether whoever follows should try again by themselves.
func mayRetry(err error) bool { return fault.Of(err).Retry() }
