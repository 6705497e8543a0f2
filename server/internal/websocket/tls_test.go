package websocket_test

import (
	"context"
	"crypto/tls"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recountdev/recount/internal/payload"
	"github.com/recountdev/recount/server/internal/websocket"
)

// dialTLS returns a client over TLS.
func (h *host) dialTLS(extra string) (*peer, *websocket.Conn) {
	h.Helper()

	dialer := &tls.Dialer{Config: &tls.Config{RootCAs: roots(h), ServerName: "example.com"}}

	conn, err := dialer.DialContext(h.Context(), "tcp", h.Listener.Addr().String())
	if err != nil {
		h.Fatal(err)
	}

	p := newPeer(h, conn)
	p.upgrade(extra)

	return p, <-h.conns
}

func TestTLS(t *testing.T) {
	t.Parallel()

	h := newHost(t, websocket.Options{Compress: true}, echo)
	h.StartTLS()

	p, c := h.dialTLS(offer)

	for _, n := range []int{0, 10, 5000, 100_000, 1 << 20} {
		p.send(frame(fin|text, words(n)))

		if got := p.message(); got != words(n) {
			t.Fatalf("got %d bytes, want %d", len(got), n)
		}
	}

	p.send(frame(fin|ping, "x"))
	p.expect(fin|pong, "x")
	p.send("\x81\x00")
	p.expectClose(1002)
	p.send(closeFrame(1002, ""))
	p.expectEnd() // TLS says goodbye: this is no unexpected EOF

	if end := h.end(); end.Code != 1002 {
		t.Errorf("Serve returned %v", end)
	}

	c.Abort()
}

// TestTLSClientTakesNothing writes to a client that does not read: until the
// timeout, until the context ends, until Close and until Abort.
func TestTLSClientTakesNothing(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		timeout time.Duration
		stop    func(cancel func(), c *websocket.Conn)
		want    int
	}{
		"timeout": {300 * time.Millisecond, func(func(), *websocket.Conn) {}, websocket.CodeTimeout},
		"context": {patience, func(cancel func(), _ *websocket.Conn) { cancel() }, websocket.CodeCut},
		"close":   {patience, func(_ func(), c *websocket.Conn) { c.Close(1001, "") }, 1001},
		"abort":   {patience, func(_ func(), c *websocket.Conn) { c.Abort() }, websocket.CodeCut},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			h := newHost(t, websocket.Options{WriteTimeout: c.timeout, CloseTimeout: 100 * time.Millisecond}, echo)
			h.StartTLS()

			p, conn := h.dialTLS("")
			ctx, cancel := context.WithCancel(t.Context())
			began := time.Now()
			wrote := make(chan error, 1)

			go func() {
				b := conn.Batch()
				b.Text(nil, payload.New([]byte(words(16<<20))), nil)
				wrote <- conn.Write(ctx, b)
			}()

			if _, err := p.in.ReadByte(); err != nil {
				t.Fatal(err)
			}

			c.stop(cancel, conn)

			if end := asClose(t, <-wrote); end.Code != c.want || time.Since(began) > patience/2 {
				t.Errorf("after %v: %v", time.Since(began), end)
			}

			if end := h.end(); end.Code != c.want {
				t.Errorf("Serve returned %v", end)
			}

			cancel()
		})
	}
}

// TestContextBeforeFirstByte cancels a write of which no byte is out: the
// connection lives.
func TestContextBeforeFirstByte(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, websocket.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		b := s.conn.Batch()
		b.Message([]byte("not sent"))

		if err := s.conn.Write(ctx, b); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}

		s.send(frame(fin|text, "hello"))
		s.expect(fin|text, "hello")
		s.Close()
		_ = asClose(t, <-s.ends)
	})
}
