package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/alecthomas/kong"

	"github.com/recountdev/recount/fault"
)

// The exit codes of the program.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// usageError is a mistake in the command line.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }

func (e *usageError) Unwrap() error { return e.err }

// FaultCode returns the code that package fault gives this error.
func (*usageError) FaultCode() string { return string(fault.CodeInvalid) }

// asUsage says where the help for a mistake in the command line is.
func asUsage(err error) error {
	help := "recount --help"
	if parse, ok := errors.AsType[*kong.ParseError](err); ok && parse.Context != nil {
		if node := parse.Context.Selected(); node != nil {
			help = node.FullPath() + " --help"
		}
	}

	return &usageError{fmt.Errorf("%w: see %s", err, help)}
}

// errReported ends a command that failed and has said so already.
var errReported = errors.New("reported")

// errInterrupted ends a command that was interrupted and has said so already, or
// need not say so.
var errInterrupted = errors.New("interrupted")

// report says what went wrong, if anything did, and returns the exit code.
func (s *session) report(ctx context.Context, err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errReported):
		return exitFailed
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		s.complain(fault.Unavailable("interrupted"), 0)

		return exitInterrupted
	}

	s.complain(err, 0)
	if _, ok := errors.AsType[*usageError](err); ok {
		return exitUsage
	}

	return exitFailed
}

// complaint is an error as JSON.
type complaint struct {
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
	Line    int        `json:"line,omitempty"`
}

// complain writes an error, with the number of a line of the input unless that
// is 0.
func (s *session) complain(err error, line int) {
	message := oneLine(err.Error())
	if s.json {
		_ = writeJSON(s.err, complaint{fault.Of(err), message, line}) // nobody is left to tell

		return
	}

	if line > 0 {
		message = fmt.Sprintf("line %d: %s", line, message)
	}

	fmt.Fprintf(s.err, "%s %s\n", s.err.styled(red, "recount:"), message)
}

// notef tells a person something that is not part of the output.
func (s *session) notef(format string, args ...any) {
	if !s.json && s.err.isTerminal() {
		fmt.Fprintf(s.err, format+"\n", args...)
	}
}
