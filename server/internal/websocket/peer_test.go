package websocket_test

import (
	"bufio"
	"cmp"
	"context"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/server/internal/websocket"
)

// patience is how long a test waits for what must come.
const patience = time.Minute

// Opcodes, and the bits beside them.
const (
	continuation = 0x0
	text         = 0x1
	binaryData   = 0x2
	closing      = 0x8
	ping         = 0x9
	pong         = 0xa
	fin          = 0x80
	deflated     = 0x40
)

// key is the example of RFC 6455.
const key = "dGhlIHNhbXBsZSBub25jZQ=="

// handshake is what a client sends first; extra are lines that end with \r\n.
func handshake(extra string) string {
	return "GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + "\r\n" + extra + "\r\n"
}

// frame is a frame from a client, masked.
func frame(first byte, payload string) string {
	return header(first, uint64(len(payload))) + masked(payload)
}

// header is the head of a frame from a client, with the mask 1, 2, 3, 4.
func header(first byte, length uint64) string {
	head := []byte{first}

	switch {
	case length < 126:
		head = append(head, 0x80|byte(length))
	case length < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 0x80|126), uint16(length))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 0x80|127), length)
	}

	return string(head) + "\x01\x02\x03\x04"
}

// masked is a payload under the mask 1, 2, 3, 4.
func masked(payload string) string {
	p := []byte(payload)
	for i := range p {
		p[i] ^= byte(i%4 + 1)
	}

	return string(p)
}

// closeFrame is a client's close frame.
func closeFrame(code uint16, reason string) string {
	return frame(fin|closing, string(binary.BigEndian.AppendUint16(nil, code))+reason)
}

// peer is a client that can do everything wrong.
type peer struct {
	testing.TB
	net.Conn

	in *bufio.Reader
}

// newPeer makes a client of one end of a connection.
func newPeer(tb testing.TB, conn net.Conn) *peer {
	tb.Helper()

	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		tb.Fatal(err)
	}

	tb.Cleanup(func() { conn.Close() })

	return &peer{TB: tb, Conn: conn, in: bufio.NewReader(conn)}
}

// send writes bytes as they are.
func (p *peer) send(b string) {
	p.Helper()

	if _, err := io.WriteString(p.Conn, b); err != nil {
		p.Fatalf("send: %v", err)
	}
}

// upgrade does the handshake and returns the head of the answer.
func (p *peer) upgrade(extra string) string {
	p.Helper()
	p.send(handshake(extra))

	return p.answer()
}

// answer reads the head of the answer to a handshake.
func (p *peer) answer() string {
	p.Helper()

	var head strings.Builder

	for !strings.HasSuffix(head.String(), "\r\n\r\n") {
		line, err := p.in.ReadString('\n')
		if err != nil {
			p.Fatalf("read the answer to the handshake: %v", err)
		}

		head.WriteString(line)
	}

	return head.String()
}

// next reads a frame.
func (p *peer) next() (first byte, payload string, err error) {
	var head [2]byte
	if _, err := io.ReadFull(p.in, head[:]); err != nil {
		return 0, "", err
	}

	n := uint64(head[1])

	switch n {
	case 126:
		var b [2]byte
		_, err = io.ReadFull(p.in, b[:])
		n = uint64(binary.BigEndian.Uint16(b[:]))
	case 127:
		var b [8]byte
		_, err = io.ReadFull(p.in, b[:])
		n = binary.BigEndian.Uint64(b[:])
	default:
		if n > 127 {
			err = errors.New("the server masked a frame")
		}
	}

	if err != nil {
		return 0, "", err
	}

	b := make([]byte, n)
	_, err = io.ReadFull(p.in, b)

	return head[0], string(b), err
}

// expect reads a frame that must be as said.
func (p *peer) expect(first byte, payload string) {
	p.Helper()

	gotFirst, got, err := p.next()
	if err != nil {
		p.Fatalf("read a frame: %v", err)
	}

	if gotFirst != first || got != payload {
		p.Fatalf("got frame %#x %.100q (%d bytes), want %#x %.100q (%d bytes)", gotFirst, got, len(got), first, payload, len(payload))
	}
}

// expectClose reads up to a close frame with a code (0 for none), and returns
// the reason.
func (p *peer) expectClose(code uint16) string {
	p.Helper()

	for {
		first, payload, err := p.next()
		if err != nil {
			p.Fatalf("wait for the close frame: %v", err)
		}

		if first != fin|closing {
			continue
		}

		if payload == "" {
			payload = "\x00\x00"
		}

		if got := binary.BigEndian.Uint16([]byte(payload)); got != code {
			p.Fatalf("close code: got %d (%s), want %d", got, payload[2:], code)
		}

		return payload[2:]
	}
}

// expectEnd reads up to the end of the connection.
func (p *peer) expectEnd() {
	p.Helper()

	if _, err := io.Copy(io.Discard, p.in); err != nil && !errors.Is(err, io.ErrClosedPipe) && !strings.Contains(err.Error(), "reset") {
		p.Fatalf("wait for the end: %v", err)
	}
}

// host serves connections.
type host struct {
	*httptest.Server

	testing.TB
	conns chan *websocket.Conn
	ends  chan error
}

// echo answers each message with itself.
func echo(c *websocket.Conn) func([]byte) error {
	return func(message []byte) error {
		b := c.Batch()
		b.Message(message)

		return c.Write(context.Background(), b)
	}
}

// newHost serves connections whose messages go where handle says. How long it
// waits for messages is what o says, and otherwise longer than a busy machine
// needs: many of these clients only listen.
func newHost(tb testing.TB, o websocket.Options, handle func(*websocket.Conn) func([]byte) error) *host {
	tb.Helper()

	o.FirstFrame = cmp.Or(o.FirstFrame, patience)
	o.ReadTimeout = cmp.Or(o.ReadTimeout, patience)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, patience)

	u := newUpgrader(tb, o)
	h := &host{TB: tb, conns: make(chan *websocket.Conn, 100), ends: make(chan error, 100)}
	h.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := u.Upgrade(w, r, nil)
		if err != nil {
			http.Error(w, err.Error(), websocket.Status(err))

			return
		}

		h.conns <- c

		go func() { h.ends <- c.Serve(handle(c)) }()
	}))
	tb.Cleanup(h.Close)

	return h
}

// started starts a host for plain TCP.
func (h *host) started() *host {
	h.Start()

	return h
}

// dial returns a client that is connected, and what the server has of it.
func (h *host) dial(extra string) (*peer, *websocket.Conn) {
	h.Helper()

	conn, err := (&net.Dialer{}).DialContext(h.Context(), "tcp", h.Listener.Addr().String())
	if err != nil {
		h.Fatal(err)
	}

	p := newPeer(h, conn)
	p.upgrade(extra)

	return p, <-h.conns
}

// end returns what Serve returned.
func (h *host) end() *websocket.CloseError {
	h.Helper()

	select {
	case err := <-h.ends:
		return asClose(h, err)
	case <-time.After(patience):
		h.Fatal("Serve does not return")

		return nil
	}
}

// asClose returns what every end of a connection is.
func asClose(tb testing.TB, err error) *websocket.CloseError {
	tb.Helper()

	end, ok := errors.AsType[*websocket.CloseError](err)
	if !ok {
		tb.Fatalf("got %v, want a *CloseError", err)
	}

	return end
}

// roots returns what a client has to trust.
func roots(h *host) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(h.Certificate())

	return pool
}

// newUpgrader returns an Upgrader.
func newUpgrader(tb testing.TB, o websocket.Options) *websocket.Upgrader {
	tb.Helper()

	u, err := websocket.New(o)
	if err != nil {
		tb.Fatal(err)
	}

	return u
}

// words returns n bytes of JSON that deflates well.
func words(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < max(1, min(n, 64<<10)); i++ {
		fmt.Fprintf(&b, `{"id":"%d","type":"card_added","data":{"title":"card %d"}},`, i*7919, i)
	}

	return strings.Repeat(b.String(), n/b.Len()+1)[:n]
}
