package fault_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/recountdev/recount/fault"
)

func TestConstructors(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		make func(format string, args ...any) error
		want fault.Code
	}{
		{fault.Invalid, fault.CodeInvalid},
		{fault.Unauthenticated, fault.CodeUnauthenticated},
		{fault.Forbidden, fault.CodeForbidden},
		{fault.NotFound, fault.CodeNotFound},
		{fault.Conflict, fault.CodeConflict},
		{fault.Gone, fault.CodeGone},
		{fault.TooLarge, fault.CodeTooLarge},
		{fault.Rejected, fault.CodeRejected},
		{fault.RateLimited, fault.CodeRateLimited},
		{fault.Unavailable, fault.CodeUnavailable},
		{fault.Internal, fault.CodeInternal},
	} {
		err := c.make("stream %q: %w", "meeting:1", io.ErrUnexpectedEOF)
		if got := fault.Of(err); got != c.want {
			t.Errorf("code of %v: got %s, want %s", err, got, c.want)
		}

		if want := `stream "meeting:1": unexpected EOF`; err.Error() != want {
			t.Errorf("message: got %q, want %q", err, want)
		}

		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: the error that the message was made from is lost", c.want)
		}

		e, ok := errors.AsType[*fault.Error](err)
		if !ok || e.FaultCode() != string(c.want) {
			t.Errorf("%s: got %#v", c.want, err)
		}
	}
}

// coded is an error of another package that knows its code.
type coded struct{}

func (coded) Error() string     { return "coded" }
func (coded) FaultCode() string { return "gone" }

func TestOf(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		name string
		err  error
		want fault.Code
	}{
		{"nil", nil, ""},
		{"plain", io.EOF, fault.CodeInternal},
		{"wrapped", fmt.Errorf("read: %w", fault.NotFound("no stream")), fault.CodeNotFound},
		{"wrapped twice", fmt.Errorf("a: %w", fmt.Errorf("b: %w", coded{})), fault.CodeGone},
		{"outermost wins", fault.Invalid("line 3: %w", fault.TooLarge("too much")), fault.CodeInvalid},
		{"outermost wins through a wrap", fmt.Errorf("x: %w", fault.New(fault.CodeForbidden, "no: %w", coded{})), fault.CodeForbidden},
		{"joined", errors.Join(io.EOF, coded{}), fault.CodeGone},
		{"of another package", coded{}, fault.CodeGone},
		{"cancelled", context.Canceled, fault.CodeUnavailable},
		{"deadline", fmt.Errorf("append: %w", context.DeadlineExceeded), fault.CodeUnavailable},
		{"a code before the context", fault.Internal("stopped: %w", context.Canceled), fault.CodeInternal},
	} {
		if got := fault.Of(c.err); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestNewWithoutCause(t *testing.T) {
	t.Parallel()

	err := fault.New(fault.CodeRateLimited, "wait %d s", 3)
	if err.Error() != "wait 3 s" || fault.Of(err) != fault.CodeRateLimited || errors.Unwrap(errors.Unwrap(err)) != nil {
		t.Errorf("got %v with code %s", err, fault.Of(err))
	}
}
