// Package fault holds the few codes a request can fail with, from the disk to
// the browser. An error carries a code, and a message that says what is wrong,
// where, and what to do instead:
//
//	return fault.NotFound("no stream %q: append to it to create it", stream)
//
// Whoever reports an error to somebody else asks for its code with [Of]. The
// code knows its HTTP status, its JSON-RPC code, and whether to try again.
package fault

import (
	"context"
	"errors"
	"fmt"
)

// Code says why a request failed.
type Code string

// The codes. Nothing fails with another one.
const (
	// CodeInvalid: the request is wrong; the message says where and how.
	CodeInvalid Code = "invalid"
	// CodeUnauthenticated: nobody knows who asks.
	CodeUnauthenticated Code = "unauthenticated"
	// CodeForbidden: a guard said no.
	CodeForbidden Code = "forbidden"
	// CodeNotFound: no such stream, mark, command, method or query.
	CodeNotFound Code = "not_found"
	// CodeConflict: an expectation did not hold, or an ID came again with
	// other content.
	CodeConflict Code = "conflict"
	// CodeGone: the epoch changed, or that place does not exist; start anew.
	CodeGone Code = "gone"
	// CodeTooLarge: over a stated limit; the message gives it.
	CodeTooLarge Code = "too_large"
	// CodeRejected: a decider or a schema refused it; the reason is the user's.
	CodeRejected Code = "rejected"
	// CodeRateLimited: too many requests; the message says how long to wait.
	CodeRateLimited Code = "rate_limited"
	// CodeUnavailable: closing, overloaded, or the backend is away.
	CodeUnavailable Code = "unavailable"
	// CodeInternal: our mistake, or damage.
	CodeInternal Code = "internal"
)

// Error is an error with a code.
type Error struct {
	code Code
	err  error
}

// Error returns the message.
func (e *Error) Error() string { return e.err.Error() }

// Unwrap returns the error that the message was made from.
func (e *Error) Unwrap() error { return e.err }

// FaultCode returns the code as text.
func (e *Error) FaultCode() string { return string(e.code) }

// coded is an error that knows its code, in this package or another.
type coded interface {
	error
	FaultCode() string
}

// Of returns the code of err: that of the outermost error in its chain that has
// one, CodeUnavailable for a context that ended, CodeInternal for all else,
// and "" for nil.
func Of(err error) Code {
	if err == nil {
		return ""
	}

	if c, ok := errors.AsType[coded](err); ok {
		return Code(c.FaultCode())
	}

	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return CodeUnavailable
	}

	return CodeInternal
}

// New returns an error with a code; format and args are those of fmt.Errorf,
// and %w works.
func New(code Code, format string, args ...any) error {
	return &Error{code: code, err: fmt.Errorf(format, args...)}
}

// Invalid returns an error with CodeInvalid.
func Invalid(format string, args ...any) error { return New(CodeInvalid, format, args...) }

// Unauthenticated returns an error with CodeUnauthenticated.
func Unauthenticated(format string, args ...any) error {
	return New(CodeUnauthenticated, format, args...)
}

// Forbidden returns an error with CodeForbidden.
func Forbidden(format string, args ...any) error { return New(CodeForbidden, format, args...) }

// NotFound returns an error with CodeNotFound.
func NotFound(format string, args ...any) error { return New(CodeNotFound, format, args...) }

// Conflict returns an error with CodeConflict.
func Conflict(format string, args ...any) error { return New(CodeConflict, format, args...) }

// Gone returns an error with CodeGone.
func Gone(format string, args ...any) error { return New(CodeGone, format, args...) }

// TooLarge returns an error with CodeTooLarge.
func TooLarge(format string, args ...any) error { return New(CodeTooLarge, format, args...) }

// Rejected returns an error with CodeRejected.
func Rejected(format string, args ...any) error { return New(CodeRejected, format, args...) }

// RateLimited returns an error with CodeRateLimited.
func RateLimited(format string, args ...any) error { return New(CodeRateLimited, format, args...) }

// Unavailable returns an error with CodeUnavailable.
func Unavailable(format string, args ...any) error { return New(CodeUnavailable, format, args...) }

// Internal returns an error with CodeInternal.
func Internal(format string, args ...any) error { return New(CodeInternal, format, args...) }
