package websocket_test

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server/internal/websocket"
)

// hijackable is a response whose connection can be taken over.
type hijackable struct {
	*httptest.ResponseRecorder

	conn net.Conn
	rw   *bufio.ReadWriter
	err  error
}

// Hijack hands the connection over.
func (h *hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) { return h.conn, h.rw, h.err }

// request is what a browser asks for.
func request(tb testing.TB) *http.Request {
	tb.Helper()

	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(handshake(""))))
	if err != nil {
		tb.Fatal(err)
	}

	return r
}

// piped upgrades one end of a pipe and returns the other end's client, with
// the head of the answer.
func piped(tb testing.TB, o websocket.Options, extra string) (*peer, *websocket.Conn) {
	tb.Helper()

	near, far := net.Pipe()
	w := &hijackable{httptest.NewRecorder(), near, bufio.NewReadWriter(bufio.NewReader(near), bufio.NewWriter(near)), nil}

	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(handshake(extra))))
	if err != nil {
		tb.Fatal(err)
	}

	u := newUpgrader(tb, o)
	p := newPeer(tb, far)
	made := make(chan *websocket.Conn, 1)

	go func() {
		c, err := u.Upgrade(w, r, nil)
		if err != nil {
			tb.Error(err)
			near.Close()
		}

		made <- c
	}()

	p.answer()

	return p, <-made
}

func TestUpgrade(t *testing.T) {
	t.Parallel()

	u := newUpgrader(t, websocket.Options{Compress: true})
	offers := make(chan []string, 1)
	conns := make(chan *websocket.Conn, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "recount_caller=abc")
		w.Header().Set("Content-Type", "text/plain")

		c, err := u.Upgrade(w, r, func(offered []string) string {
			offers <- offered

			return offered[0]
		})
		if err != nil {
			t.Error(err)
		}

		conns <- c
	}))
	t.Cleanup(server.Close)

	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}

	p := newPeer(t, conn)
	got := p.upgrade("Sec-WebSocket-Protocol: phoenix, base64url.bearer.phx.dG9rZW4\r\nSec-WebSocket-Protocol:other\r\n" +
		"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n")

	want := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: phoenix\r\n" +
		"Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n" +
		"Set-Cookie: recount_caller=abc\r\n\r\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}

	if got := <-offers; !slices.Equal(got, []string{"phoenix", "base64url.bearer.phx.dG9rZW4", "other"}) {
		t.Errorf("the client is said to offer %q", got)
	}

	c := <-conns
	if c.Protocol() != "phoenix" || !c.Compressed() || c.RemoteAddr().String() != conn.LocalAddr().String() {
		t.Errorf("got protocol %q, compressed %v, address %v", c.Protocol(), c.Compressed(), c.RemoteAddr())
	}

	c.Abort()
	p.expectEnd()
}

// TestUpgradeRefuses holds every refusal against its status, its code and its
// headers. Nothing may be written before.
func TestUpgradeRefuses(t *testing.T) {
	t.Parallel()

	set := func(name string, values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
	}
	upgradeHeaders := map[string]string{"Sec-Websocket-Version": "13", "Upgrade": "websocket", "Connection": "Upgrade"}

	for name, c := range map[string]struct {
		change  func(*http.Request)
		status  int
		headers map[string]string
	}{
		"method":         {func(r *http.Request) { r.Method = http.MethodPost }, 405, map[string]string{"Allow": "GET"}},
		"HTTP/1.0":       {func(r *http.Request) { r.ProtoMinor = 0 }, 400, nil},
		"HTTP/2":         {func(r *http.Request) { r.ProtoMajor, r.ProtoMinor = 2, 0 }, 400, nil},
		"no connection":  {set("Connection", "keep-alive"), 426, upgradeHeaders},
		"no upgrade":     {set("Upgrade"), 426, upgradeHeaders},
		"other upgrade":  {set("Upgrade", "h2c"), 426, upgradeHeaders},
		"no version":     {set("Sec-WebSocket-Version"), 426, upgradeHeaders},
		"version 8":      {set("Sec-WebSocket-Version", "8"), 426, upgradeHeaders},
		"two versions":   {set("Sec-WebSocket-Version", "13", "8"), 426, upgradeHeaders},
		"no key":         {set("Sec-WebSocket-Key"), 400, nil},
		"two keys":       {set("Sec-WebSocket-Key", key, key), 400, nil},
		"key too short":  {set("Sec-WebSocket-Key", "dGhlIHNhbXBsZQ=="), 400, nil},
		"key no base 64": {set("Sec-WebSocket-Key", strings.Repeat("?", 24)), 400, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := request(t)
			c.change(r)

			w := &hijackable{httptest.NewRecorder(), nil, nil, errors.New("must not be taken over")}

			_, err := newUpgrader(t, websocket.Options{}).Upgrade(w, r, nil)
			if websocket.Status(err) != c.status || fault.Of(err) != fault.CodeInvalid {
				t.Errorf("got status %d, code %s: %v", websocket.Status(err), fault.Of(err), err)
			}

			for header, want := range c.headers {
				if got := w.Header().Get(header); got != want {
					t.Errorf("%s: got %q, want %q", header, got, want)
				}
			}

			if w.Body.Len() > 0 || w.Flushed || w.Result().StatusCode != http.StatusOK {
				t.Error("an answer was written")
			}
		})
	}
}

func TestUpgradeFails(t *testing.T) {
	t.Parallel()

	near, far := net.Pipe()
	far.Close()

	rw := bufio.NewReadWriter(bufio.NewReader(near), bufio.NewWriter(near))

	for name, c := range map[string]struct {
		w        http.ResponseWriter
		protocol func([]string) string
		status   int
		code     fault.Code
	}{
		"cannot be taken over":     {httptest.NewRecorder(), nil, 500, fault.CodeInternal},
		"a protocol nobody offers": {&hijackable{httptest.NewRecorder(), nil, nil, nil}, func([]string) string { return "x" }, 500, fault.CodeInternal},
		"the client is gone":       {&hijackable{httptest.NewRecorder(), near, rw, nil}, nil, 0, fault.CodeUnavailable},
	} {
		_, err := newUpgrader(t, websocket.Options{}).Upgrade(c.w, request(t), c.protocol)
		if websocket.Status(err) != c.status || fault.Of(err) != c.code {
			t.Errorf("%s: got status %d, code %s: %v", name, websocket.Status(err), fault.Of(err), err)
		}
	}
}

// TestUpgradeKeepsEarlyBytes sends messages in the same segment as the
// handshake.
func TestUpgradeKeepsEarlyBytes(t *testing.T) {
	t.Parallel()

	h := newHost(t, websocket.Options{}, echo).started()

	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", h.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}

	p := newPeer(t, conn)
	large := strings.Repeat("x", 3000)
	whole := handshake("") + frame(fin|text, "first") + frame(fin|text, large) + frame(fin|text, "cut short")
	p.send(whole[:len(whole)-4])
	p.answer()
	p.expect(fin|text, "first")
	p.expect(fin|text, large)
	p.send(whole[len(whole)-4:])
	p.expect(fin|text, "cut short")
}

// TestUpgradeClearsDeadlines upgrades a connection on which the server's own
// deadlines have passed.
func TestUpgradeClearsDeadlines(t *testing.T) {
	t.Parallel()

	near, far := net.Pipe()
	if err := near.SetDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}

	p := newPeer(t, far)
	rw := bufio.NewReadWriter(bufio.NewReader(near), bufio.NewWriter(near))
	ends := make(chan error, 1)

	go func() {
		c, err := newUpgrader(t, websocket.Options{}).Upgrade(&hijackable{httptest.NewRecorder(), near, rw, nil}, request(t), nil)
		if err == nil {
			err = c.Serve(echo(c))
		}

		ends <- err
	}()

	p.answer()
	p.send(frame(fin|text, "hello"))
	p.expect(fin|text, "hello")
	p.Close()

	if end := asClose(t, <-ends); end.Code != websocket.CodeCut {
		t.Errorf("Serve returned %v", end)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()

	for _, o := range []websocket.Options{{MaxFrame: -1}, {CompressAbove: -1}, {FirstFrame: -1}, {ReadTimeout: -1}, {WriteTimeout: -1}, {CloseTimeout: -1}} {
		if _, err := websocket.New(o); fault.Of(err) != fault.CodeInvalid {
			t.Errorf("New(%+v): %v", o, err)
		}
	}
}
