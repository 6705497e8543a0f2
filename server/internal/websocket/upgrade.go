package websocket

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // RFC 6455 says so; nothing secret depends on it
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/recountdev/recount/fault"
)

// magic is what RFC 6455 (1.3) joins to a client's key.
const magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// Upgrade takes a connection over from net/http, whose handler may then return.
// protocol chooses one of the subprotocols that the client offers; "" is none,
// and a nil function as well. Headers that are set on w, such as cookies, go
// out with the answer. The caller has checked who asks and from which origin.
//
// If Upgrade fails, nothing is written yet: the caller answers with the code
// of the error as a problem document, and with [Status]. The headers that such
// an answer needs are set on w. Only when [Status] is 0 is the connection gone
// and there is nobody to answer.
func (u *Upgrader) Upgrade(w http.ResponseWriter, r *http.Request, protocol func(offered []string) string) (*Conn, error) {
	key, err := checkRequest(w, r)
	if err != nil {
		return nil, err
	}

	chosen, err := choose(r, protocol)
	if err != nil {
		return nil, err
	}

	var extension string
	if u.options.Compress {
		extension = negotiate(r.Header["Sec-Websocket-Extensions"])
	}

	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, &upgradeError{http.StatusInternalServerError, fault.Internal("take the connection over: %w", err)}
	}

	early, _ := rw.Peek(rw.Reader.Buffered())
	c := u.conn(conn, append([]byte(nil), early...), chosen, extension != "")

	if err := c.answer(w.Header(), key, extension); err != nil {
		conn.Close()

		return nil, &upgradeError{0, fault.Unavailable("answer the handshake: %w", err)}
	}

	return c, nil
}

// upgradeError is an error with an HTTP status.
type upgradeError struct {
	status int
	error
}

// Unwrap returns the error alone.
func (e *upgradeError) Unwrap() error { return e.error }

// Status returns the HTTP status for an error of Upgrade, or 0 if the
// connection is gone. It is 426 for a wrong version and 405 for a wrong method,
// for which there is no code.
func Status(err error) int {
	if e, ok := errors.AsType[*upgradeError](err); ok {
		return e.status
	}

	return http.StatusInternalServerError
}

// refuse returns an error with its status.
func refuse(status int, format string, args ...any) error {
	return &upgradeError{status, fault.Invalid(format, args...)}
}

// checkRequest returns the key of a request for a WebSocket.
func checkRequest(w http.ResponseWriter, r *http.Request) (key string, err error) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)

		return "", refuse(http.StatusMethodNotAllowed, "method %s: a WebSocket begins with GET", r.Method)
	}

	if r.ProtoMajor != 1 || r.ProtoMinor < 1 {
		return "", refuse(http.StatusBadRequest, "%s: a WebSocket begins with HTTP/1.1", r.Proto)
	}

	version := r.Header["Sec-Websocket-Version"]
	if !has(r, "Connection", "upgrade") || !has(r, "Upgrade", "websocket") || len(version) != 1 || version[0] != "13" {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Sec-WebSocket-Version", "13")

		return "", refuse(http.StatusUpgradeRequired, "this is a WebSocket: ask with Connection: Upgrade, Upgrade: websocket and Sec-WebSocket-Version: 13")
	}

	keys := r.Header["Sec-Websocket-Key"]
	if len(keys) != 1 {
		return "", refuse(http.StatusBadRequest, "%d headers Sec-WebSocket-Key: send one", len(keys))
	}

	if raw, err := base64.StdEncoding.DecodeString(keys[0]); err != nil || len(raw) != 16 {
		return "", refuse(http.StatusBadRequest, "Sec-WebSocket-Key %.40q: it is 16 bytes in base64", keys[0])
	}

	return keys[0], nil
}

// has reports whether a header that is a list holds a token.
func has(r *http.Request, header, token string) bool {
	return httpguts.HeaderValuesContainsToken(r.Header[header], token)
}

// choose lets the caller choose among the subprotocols that a request offers.
func choose(r *http.Request, protocol func([]string) string) (string, error) {
	if protocol == nil {
		return "", nil
	}

	var offered []string

	for _, value := range r.Header["Sec-Websocket-Protocol"] {
		for name := range strings.SplitSeq(value, ",") {
			if name = strings.Trim(name, " \t"); name != "" {
				offered = append(offered, name)
			}
		}
	}

	chosen := protocol(offered)
	if chosen != "" && !slices.Contains(offered, chosen) {
		return "", fault.Internal("the subprotocol %q was chosen, the client offers %q: choose one of those or none", chosen, offered)
	}

	return chosen, nil
}

// answer completes the handshake.
func (c *Conn) answer(header http.Header, key, extension string) error {
	sum := sha1.Sum([]byte(key + magic)) //nolint:gosec // RFC 6455 says so; nothing secret depends on it

	var text bytes.Buffer
	text.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ")
	text.WriteString(base64.StdEncoding.EncodeToString(sum[:]))
	text.WriteString("\r\n")

	if c.protocol != "" {
		text.WriteString("Sec-WebSocket-Protocol: " + c.protocol + "\r\n")
	}

	if extension != "" {
		text.WriteString("Sec-WebSocket-Extensions: " + extension + "\r\n")
	}

	if err := header.WriteSubset(&text, handshakeHeaders()); err != nil {
		return err
	}

	text.WriteString("\r\n")

	// In place of the HTTP server's deadlines. Every read and write from here
	// on sets its own.
	if err := c.conn.SetDeadline(time.Now().Add(c.upgrader.options.FirstFrame)); err != nil {
		return err
	}

	_, err := c.conn.Write(text.Bytes())

	return err
}

// handshakeHeaders are the headers that the handshake itself gives, and those
// that speak of a body.
func handshakeHeaders() map[string]bool {
	return map[string]bool{
		"Connection": true, "Upgrade": true, "Content-Length": true, "Content-Type": true, "Transfer-Encoding": true,
		"Sec-Websocket-Accept": true, "Sec-Websocket-Protocol": true, "Sec-Websocket-Extensions": true,
	}
}
