package wire

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// Failure is an error as clients get it.
type Failure struct {
	// Code says why the request failed.
	Code fault.Code
	// Message says what is wrong, and what to do instead.
	Message string
	// Details is JSON text with more for programs, or nil. Whoever answers may
	// set it.
	Details json.RawMessage
	// Retry says that the same request may succeed later.
	Retry bool
	// Expected and Actual are the versions of a conflict, 0 for no stream; nil
	// if it is not about versions.
	Expected, Actual *uint64
	// ErrorID names an internal error, whose own message the client does not
	// get: write it to the log together with the error.
	ErrorID string
}

// conflict is an error that knows which versions did not agree.
type conflict interface {
	error
	ConflictVersions() (expected, actual uint64)
}

// detailed is an error that has more to say to programs, as JSON text.
type detailed interface {
	error
	FaultDetails() json.RawMessage
}

// FailureOf returns what clients get to know of err; the zero Failure for nil.
//
// What is internal stays here: the client gets a new error ID, which the caller
// must write to its log with the error. The same goes for a code that is none
// of fault's. Of a context that ended, the client learns that it may try again.
// An error in the chain with the method ConflictVersions() (expected, actual
// uint64) gives a conflict its versions, one with FaultDetails()
// json.RawMessage gives details.
func FailureOf(err error) Failure {
	if err == nil {
		return Failure{}
	}

	code := fault.Of(err)
	if code.RPC() == fault.CodeInternal.RPC() {
		id := string(event.NewID())

		return Failure{
			Code:    fault.CodeInternal,
			Message: "something went wrong on the server, not in the request: whoever runs it finds the reason in its log under error ID " + id,
			ErrorID: id,
		}
	}

	f := Failure{Code: code, Message: err.Error(), Retry: code.Retry()}
	if !isCoded(err) {
		f.Message = "the server gave the request up before it was done: try again"
	}

	if d, ok := errors.AsType[detailed](err); ok {
		f.Details = d.FaultDetails()
	}

	if c, ok := errors.AsType[conflict](err); ok && code == fault.CodeConflict {
		expected, actual := c.ConflictVersions()
		f.Expected, f.Actual = &expected, &actual
	}

	return f
}

// isCoded reports whether somebody gave the error its code, and so its words;
// others have theirs from the context package.
func isCoded(err error) bool {
	_, ok := errors.AsType[interface {
		error
		FaultCode() string
	}](err)

	return ok
}

// AppendJSON appends the failure to dst, the response of an error reply:
//
//	{"code":"conflict","message":"…","expected":3,"actual":4}
//
// details, retry, expected, actual and error_id stand only where there is any.
func (f Failure) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"code":`...)
	dst = appendString(dst, string(f.Code))
	dst = append(dst, `,"message":`...)
	dst = appendString(dst, f.Message)
	if len(f.Details) > 0 {
		dst = append(appendName(dst, "details"), f.Details...)
	}

	if f.Retry {
		dst = append(dst, `,"retry":true`...)
	}

	if f.Expected != nil {
		dst = strconv.AppendUint(appendName(dst, "expected"), *f.Expected, 10)
	}

	if f.Actual != nil {
		dst = strconv.AppendUint(appendName(dst, "actual"), *f.Actual, 10)
	}

	dst = appendMember(dst, "error_id", f.ErrorID)

	return append(dst, '}')
}
