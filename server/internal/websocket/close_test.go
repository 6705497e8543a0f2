package websocket_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server/internal/websocket"
)

func TestClientCloses(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		send       string
		echo, code int
		reason     string
	}{
		"without a code":   {frame(fin|closing, ""), 0, websocket.CodeNone, ""},
		"1000":             {closeFrame(1000, ""), 1000, 1000, ""},
		"1001, a reason":   {closeFrame(1001, "page gone"), 1001, 1001, "page gone"},
		"1014":             {closeFrame(1014, ""), 1014, 1014, ""},
		"3000":             {closeFrame(3000, "café"), 3000, 3000, "café"},
		"4999, the most":   {closeFrame(4999, strings.Repeat("x", 123)), 4999, 4999, strings.Repeat("x", 123)},
		"more after it":    {closeFrame(1000, "") + frame(fin|text, "x") + "rubbish", 1000, 1000, ""},
		"a message before": {frame(fin|text, "x") + closeFrame(1000, ""), 1000, 1000, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			h := newHost(t, websocket.Options{}, echo).started()
			p, conn := h.dial("")
			p.send(c.send)
			p.expectClose(uint16(c.echo))
			p.expectEnd()

			end := h.end()
			if end.Code != c.code || end.Reason != c.reason || !end.Remote {
				t.Errorf("Serve returned %v", end)
			}

			b := conn.Batch()
			b.Message([]byte("too late"))

			if err := conn.Write(t.Context(), b); !errors.Is(err, end) || fault.Of(err) != fault.CodeUnavailable {
				t.Errorf("a write after the end: %v", err)
			}
		})
	}
}

func TestServerCloses(t *testing.T) {
	t.Parallel()

	h := newHost(t, websocket.Options{CloseTimeout: patience}, func(*websocket.Conn) func([]byte) error {
		return func([]byte) error {
			t.Error("a message was handled after Close")

			return nil
		}
	}).started()
	p, c := h.dial("")

	c.Close(1001, "going away")
	c.Close(1000, "the first one counts")

	if reason := p.expectClose(1001); reason != "going away" {
		t.Errorf("the reason is %q", reason)
	}

	p.send(frame(fin|text, "not handled any more") + frame(text, "nor") + frame(fin|ping, "") + closeFrame(1001, ""))
	p.expectEnd()

	if end := h.end(); end.Code != 1001 || end.Remote || end.Reason != "going away" {
		t.Errorf("Serve returned %v", end)
	}
}

// TestServerClosesAlone closes a connection whose client says nothing.
func TestServerClosesAlone(t *testing.T) {
	t.Parallel()

	for name, send := range map[string]string{"silent": "", "busy": strings.Repeat(frame(fin|pong, "x"), 100)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serve(t, websocket.Options{})
				s.trickle(10*time.Millisecond, send)

				go s.conn.Close(1001, "")

				s.expectClose(1001)
				s.expectEnd()

				if end := asClose(t, <-s.ends); end.Code != 1001 || time.Since(s.began) != time.Second {
					t.Errorf("after %v Serve returned %v", time.Since(s.began), end)
				}
			})
		})
	}
}

// TestServerClosesDeaf closes a connection whose client takes nothing, alone
// and while a write waits.
func TestServerClosesDeaf(t *testing.T) {
	t.Parallel()

	for _, writes := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := serve(t, websocket.Options{})
			wrote := make(chan error, 1)

			if writes {
				go func() {
					b := s.conn.Batch()
					b.Message([]byte("nobody reads this"))
					wrote <- s.conn.Write(context.Background(), b)
				}()

				synctest.Wait()
			}

			s.conn.Close(1001, "")

			if end := asClose(t, <-s.ends); end.Code != 1001 || time.Since(s.began) != time.Second {
				t.Errorf("after %v Serve returned %v", time.Since(s.began), end)
			}

			if writes {
				if end := asClose(t, <-wrote); end.Code != 1001 {
					t.Errorf("Write returned %v", end)
				}
			}
		})
	}
}

// TestRefusedIsReadToItsEnd refuses a message before it is there: the client may
// send all of it and still reads the close frame and a proper end.
func TestRefusedIsReadToItsEnd(t *testing.T) {
	t.Parallel()

	h := newHost(t, websocket.Options{MaxFrame: 1000, CloseTimeout: patience}, echo).started()
	p, _ := h.dial("")
	whole := frame(fin|text, strings.Repeat("x", 1<<20)) + frame(fin|text, "more") + closeFrame(1009, "")

	p.send(whole[:14])
	p.expectClose(1009)
	p.send(whole[14:])

	if n, err := io.Copy(io.Discard, p.in); n > 0 || err != nil {
		t.Errorf("%d bytes after the close frame, then %v", n, err)
	}

	if end := h.end(); end.Code != 1009 {
		t.Errorf("Serve returned %v", end)
	}
}

// TestNeverServed closes a connection that nobody reads.
func TestNeverServed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, c := piped(t, websocket.Options{}, "")

		go c.Close(1001, "")

		p.expectClose(1001)
		p.expectEnd()
	})
}

func TestAbort(t *testing.T) {
	t.Parallel()

	h := newHost(t, websocket.Options{}, echo).started()
	p, c := h.dial("")

	c.Abort()
	c.Abort()
	c.Close(1000, "")
	p.expectEnd()

	if end := h.end(); end.Code != websocket.CodeCut || end.Remote {
		t.Errorf("Serve returned %v", end)
	}
}

func TestCloseCodesAndReasons(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		code   int
		reason string
		want   uint16
		says   string
	}{
		"no code":       {0, "x", 1011, ""},
		"1005":          {websocket.CodeNone, "x", 1011, ""},
		"1006":          {websocket.CodeCut, "x", 1011, ""},
		"5000":          {5000, "x", 1011, ""},
		"1000":          {1000, "", 1000, ""},
		"long":          {3008, strings.Repeat("x", 1000), 3008, strings.Repeat("x", 123)},
		"cut in a rune": {3008, strings.Repeat("x", 122) + "é", 3008, strings.Repeat("x", 122)},
		"not UTF-8":     {3008, "caf\xe9", 3008, "caf?"},
		"rubbish":       {3008, strings.Repeat("\x80", 200), 3008, "?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			h := newHost(t, websocket.Options{}, echo).started()
			p, conn := h.dial("")
			conn.Close(c.code, c.reason)

			if got := p.expectClose(c.want); got != c.says {
				t.Errorf("got reason %q, want %q", got, c.says)
			}
		})
	}
}

// TestHandlerFails ends connections by what handle returns.
func TestHandlerFails(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		err    error
		want   uint16
		reason string
	}{
		"any error":     {io.ErrShortBuffer, 1011, ""},
		"close error":   {&websocket.CloseError{Code: 3003, Reason: "not here"}, 3003, "not here"},
		"wrapped":       {fmt.Errorf("join: %w", &websocket.CloseError{Code: 3429, Reason: "slower", Err: io.ErrNoProgress}), 3429, "slower"},
		"no such code":  {&websocket.CloseError{Code: 1006}, 1011, ""},
		"hidden reason": {fault.Internal("the disk says: sector 5"), 1011, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			h := newHost(t, websocket.Options{}, func(*websocket.Conn) func([]byte) error {
				return func([]byte) error { return c.err }
			}).started()
			p, _ := h.dial("")
			p.send(frame(fin|text, "hello") + closeFrame(1000, ""))

			if got := p.expectClose(c.want); got != c.reason {
				t.Errorf("got reason %q, want %q", got, c.reason)
			}

			p.expectEnd()

			if end := h.end(); end.Code != int(c.want) || end.Remote || !errors.Is(end, c.err) && end.Code == 1011 {
				t.Errorf("Serve returned %v", end)
			}
		})
	}
}

// TestHandlerCloses closes from within the handler.
func TestHandlerCloses(t *testing.T) {
	t.Parallel()

	h := newHost(t, websocket.Options{CloseTimeout: patience}, func(c *websocket.Conn) func([]byte) error {
		return func([]byte) error {
			c.Close(3003, "not here")

			return nil
		}
	}).started()
	p, _ := h.dial("")
	p.send(frame(fin|text, "hello") + frame(fin|text, "again"))
	p.expectClose(3003)
	p.send(closeFrame(3003, ""))
	p.expectEnd()

	if end := h.end(); end.Code != 3003 || end.Remote {
		t.Errorf("Serve returned %v", end)
	}
}

func TestCloseErrors(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		end  websocket.CloseError
		code fault.Code
		text string
	}{
		{websocket.CloseError{Code: 1002, Reason: "why"}, fault.CodeInvalid, "websocket closed by the server with code 1002: why"},
		{websocket.CloseError{Code: 1009}, fault.CodeTooLarge, "websocket closed by the server with code 1009"},
		{websocket.CloseError{Code: 1011}, fault.CodeInternal, "websocket closed by the server with code 1011"},
		{websocket.CloseError{Code: 3000}, fault.CodeUnauthenticated, "websocket closed by the server with code 3000"},
		{websocket.CloseError{Code: 3003}, fault.CodeForbidden, "websocket closed by the server with code 3003"},
		{websocket.CloseError{Code: 3429}, fault.CodeRateLimited, "websocket closed by the server with code 3429"},
		{websocket.CloseError{Code: 1002, Remote: true}, fault.CodeUnavailable, "websocket closed by the client with code 1002"},
		{websocket.CloseError{Code: 1006, Remote: true, Err: io.EOF}, fault.CodeUnavailable, "websocket closed by the client with code 1006: EOF"},
	} {
		if got := fault.Of(&c.end); got != c.code || c.end.Error() != c.text {
			t.Errorf("got %s, %q, want %s, %q", got, c.end.Error(), c.code, c.text)
		}
	}
}
