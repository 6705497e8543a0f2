package wire_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/wire"
)

// conflictError is an error that knows its versions.
type conflictError struct{ expected, actual uint64 }

func (conflictError) Error() string                        { return "stream meeting:42 has moved on: read what is new" }
func (conflictError) FaultCode() string                    { return "conflict" }
func (e conflictError) ConflictVersions() (uint64, uint64) { return e.expected, e.actual }

// goneError is an error that has more to say to programs.
type goneError struct{}

func (goneError) Error() string                 { return "the epoch changed: start anew" }
func (goneError) FaultCode() string             { return "gone" }
func (goneError) FaultDetails() json.RawMessage { return json.RawMessage(`{"epoch":"e2","version":7}`) }

// strangeError is an error with a code that is none of ours.
type strangeError struct{}

func (strangeError) Error() string     { return "the password is swordfish" }
func (strangeError) FaultCode() string { return "teapot" }

func TestFailures(t *testing.T) {
	t.Parallel()

	const moved = `"message":"stream meeting:42 has moved on: read what is new"`

	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"invalid", fault.Invalid("type %q is empty", ""), `{"code":"invalid","message":"type \"\" is empty"}`},
		{"of an event", &event.Error{Field: "data", Problem: "has 9 bytes", TooLarge: true}, `{"code":"too_large","message":"data has 9 bytes"}`},
		{"wrapped", fmt.Errorf("event 3: %w", fault.Rejected("no <more> cards & such")), `{"code":"rejected","message":"event 3: no <more> cards & such"}`},
		{"rate limited", fault.RateLimited("wait 3 s"), `{"code":"rate_limited","message":"wait 3 s","retry":true}`},
		{"unavailable", fault.Unavailable("closing"), `{"code":"unavailable","message":"closing","retry":true}`},
		{"cancelled", fmt.Errorf("dial db-7.internal: %w", context.Canceled), `{"code":"unavailable","message":"the server gave the request up before it was done: try again","retry":true}`},
		{"conflict", conflictError{3, 4}, `{"code":"conflict",` + moved + `,"expected":3,"actual":4}`},
		{"conflict with no stream", fmt.Errorf("%w", conflictError{0, 4}), `{"code":"conflict",` + moved + `,"expected":0,"actual":4}`},
		{"conflict without versions", fault.Conflict("that id was used"), `{"code":"conflict","message":"that id was used"}`},
		{"versions without a conflict", fault.Forbidden("no: %w", conflictError{3, 4}), `{"code":"forbidden","message":"no: stream meeting:42 has moved on: read what is new"}`},
		{"details", fmt.Errorf("join: %w", goneError{}), `{"code":"gone","message":"join: the epoch changed: start anew","details":{"epoch":"e2","version":7}}`},
		{"not UTF-8", fault.NotFound("no \xff"), `{"code":"not_found","message":"no ` + "\ufffd" + `"}`},
	} {
		f := wire.FailureOf(c.err)
		if got := string(f.AppendJSON([]byte("x"))[1:]); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}

		if f.ErrorID != "" {
			t.Errorf("%s: got error ID %s", c.name, f.ErrorID)
		}
	}

	if f := wire.FailureOf(nil); f.Code != "" || f.Message != "" {
		t.Errorf("no error: got %+v", f)
	}
}

// TestInternalFailures shows that clients get nothing of an internal error but
// an ID.
func TestInternalFailures(t *testing.T) {
	t.Parallel()

	seen := make(map[string]bool)
	for name, err := range map[string]error{
		"plain":            io.ErrUnexpectedEOF,
		"internal":         fault.Internal("the password is swordfish"),
		"internal in vain": fault.Internal("x: %w", fault.Invalid("the password is swordfish")),
		"details":          fault.Internal("x: %w", goneError{}),
		"versions":         fault.Internal("x: %w", conflictError{3, 4}),
		"another code":     strangeError{},
		"joined":           errors.Join(io.EOF, io.ErrClosedPipe),
	} {
		f := wire.FailureOf(err)
		text := f.AppendJSON(nil)
		got := fields(t, text)
		if len(got) != 3 || string(got["code"]) != `"internal"` || string(got["error_id"]) != quote(f.ErrorID) || f.Retry {
			t.Errorf("%s: got %s", name, text)
		}

		for _, secret := range []string{"swordfish", "EOF", "pipe", "epoch", "moved"} {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s: %s tells %q", name, text, secret)
			}
		}

		if f.ErrorID == "" || !strings.Contains(f.Message, f.ErrorID) || seen[f.ErrorID] {
			t.Errorf("%s: got error ID %q and message %q", name, f.ErrorID, f.Message)
		}

		seen[f.ErrorID] = true
	}
}

// TestFailureRoundTrip states that a failure can be read back.
func TestFailureRoundTrip(t *testing.T) {
	t.Parallel()

	type failure struct {
		Code, Message    string
		Details          json.RawMessage
		Retry            bool
		Expected, Actual *uint64
		ErrorID          string `json:"error_id"`
	}

	rapid.Check(t, func(t *rapid.T) {
		f := wire.Failure{
			Code:     fault.Code(rapid.String().Draw(t, "code")),
			Message:  rapid.String().Draw(t, "message"),
			Retry:    rapid.Bool().Draw(t, "retry"),
			Expected: rapid.Ptr(rapid.Uint64(), true).Draw(t, "expected"),
			Actual:   rapid.Ptr(rapid.Uint64(), true).Draw(t, "actual"),
			ErrorID:  rapid.String().Draw(t, "error ID"),
		}
		if rapid.Bool().Draw(t, "has details") {
			f.Details = json.RawMessage(strings.Trim(jsonText().Draw(t, "details"), " \t\r\n"))
		}

		var back failure
		if err := json.Unmarshal(f.AppendJSON(nil), &back); err != nil {
			t.Fatalf("%s: %v", f.AppendJSON(nil), err)
		}

		again := wire.Failure{
			Code: fault.Code(back.Code), Message: back.Message, Details: back.Details, Retry: back.Retry,
			Expected: back.Expected, Actual: back.Actual, ErrorID: back.ErrorID,
		}
		if !bytes.Equal(again.AppendJSON(nil), f.AppendJSON(nil)) || again.Message != f.Message || !bytes.Equal(again.Details, f.Details) {
			t.Fatalf("got %+v, want %+v", again, f)
		}
	})
}
