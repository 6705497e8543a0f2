package websocket

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gobwas/ws"

	"github.com/recountdev/recount/fault"
)

// Close codes, of RFC 6455 and of the registry beside it.
const (
	CodeNormal          = 1000
	CodeGoingAway       = 1001
	CodeProtocol        = 1002 // the framing is wrong
	CodeUnsupported     = 1003 // binary
	CodeNone            = 1005 // never sent: a close frame without a code
	CodeCut             = 1006 // never sent: cut without a close frame
	CodeInvalidData     = 1007 // not UTF-8, or does not inflate
	CodePolicy          = 1008
	CodeTooLarge        = 1009
	CodeInternal        = 1011
	CodeUnauthenticated = 3000
	CodeForbidden       = 3003
	CodeTimeout         = 3008
	CodeRateLimited     = 3429
)

// maxReason is the most bytes of a reason in a close frame.
const maxReason = ws.MaxControlFramePayloadSize - 2

// CloseError says how a connection ended.
type CloseError struct {
	// Code is the close code: CodeNone if the client's close frame had none,
	// CodeCut if the connection ended without a close frame.
	Code int
	// Reason is what the close frame says, at most 123 bytes.
	Reason string
	// Remote says that the client ended it, or the network.
	Remote bool
	// Err is what went wrong below; it may be nil.
	Err error
}

// Error returns who ended the connection, how and why.
func (e *CloseError) Error() string {
	who := "the server"
	if e.Remote {
		who = "the client"
	}

	text := fmt.Sprintf("websocket closed by %s with code %d", who, e.Code)
	if e.Reason != "" {
		text += ": " + e.Reason
	}

	if e.Err != nil {
		text += ": " + e.Err.Error()
	}

	return text
}

// Unwrap returns Err.
func (e *CloseError) Unwrap() error { return e.Err }

// FaultCode returns what the end of the connection means to whoever wanted to
// write to it, or what the client did wrong.
func (e *CloseError) FaultCode() string {
	code := fault.CodeUnavailable

	if !e.Remote {
		switch e.Code {
		case CodeProtocol, CodeUnsupported, CodeInvalidData, CodePolicy:
			code = fault.CodeInvalid
		case CodeTooLarge:
			code = fault.CodeTooLarge
		case CodeInternal:
			code = fault.CodeInternal
		case CodeUnauthenticated:
			code = fault.CodeUnauthenticated
		case CodeForbidden:
			code = fault.CodeForbidden
		case CodeRateLimited:
			code = fault.CodeRateLimited
		default:
		}
	}

	return string(code)
}

// breach returns the error for a client that breaks the protocol.
func breach(code int, format string, args ...any) *CloseError {
	return &CloseError{Code: code, Reason: fmt.Sprintf(format, args...)}
}

// mayBeSent reports whether a close frame may carry a code: those that RFC 6455
// and the registry define, and those that are free for applications.
func mayBeSent(code int) bool {
	return code >= 1000 && code <= 1003 || code >= 1007 && code <= 1014 || code >= 3000 && code <= 4999
}

// closeFrame returns the frame that says how the connection ends.
func closeFrame(e *CloseError) []byte {
	if !mayBeSent(e.Code) { // the answer to a close frame without a code
		return []byte{0x80 | byte(ws.OpClose), 0}
	}

	reason := cutReason(e.Reason)
	frame := make([]byte, 0, 4+len(reason))
	frame = append(frame, 0x80|byte(ws.OpClose), byte(2+len(reason)))
	frame = binary.BigEndian.AppendUint16(frame, uint16(e.Code))

	return append(frame, reason...)
}

// cutReason returns as much of a reason as a close frame has room for.
func cutReason(reason string) string {
	reason = strings.ToValidUTF8(reason, "?")
	if len(reason) <= maxReason {
		return reason
	}

	n := maxReason
	for !utf8.RuneStart(reason[n]) {
		n--
	}

	return reason[:n]
}

// parseClose reads the payload of a client's close frame.
func parseClose(payload []byte) *CloseError {
	if len(payload) == 0 {
		return &CloseError{Code: CodeNone, Remote: true}
	}

	if len(payload) == 1 {
		return breach(CodeProtocol, "a close frame with 1 byte: a code has 2")
	}

	code := int(binary.BigEndian.Uint16(payload))
	if !mayBeSent(code) {
		return breach(CodeProtocol, "a close frame must not have the code %d", code)
	}

	if !utf8.Valid(payload[2:]) {
		return breach(CodeInvalidData, "the reason of a close frame is not UTF-8")
	}

	return &CloseError{Code: code, Reason: string(payload[2:]), Remote: true}
}
