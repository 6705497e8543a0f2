package websocket_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server/internal/websocket"
)

// served is a connection over a pipe that is being served, on a clock of its
// own.
type served struct {
	*peer

	conn  *websocket.Conn
	began time.Time
	ends  chan error
}

// serve serves one end of a pipe.
func serve(t *testing.T, o websocket.Options) *served {
	t.Helper()

	near, far := net.Pipe()
	p := newPeer(t, far)

	if err := far.SetDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}

	s := &served{peer: p, conn: newUpgrader(t, o).Conn(near), began: time.Now(), ends: make(chan error, 1)}

	go func() { s.ends <- s.conn.Serve(echo(s.conn)) }()

	return s
}

// expectTimeout reads until the server has had enough, after so long.
func (s *served) expectTimeout(after time.Duration, reason string) {
	s.Helper()

	if got := s.expectClose(websocket.CodeTimeout); got != reason {
		s.Errorf("the reason is %q, want %q", got, reason)
	}

	if got := time.Since(s.began); got != after {
		s.Errorf("closed after %v, want %v", got, after)
	}

	s.Close()

	if end := asClose(s, <-s.ends); end.Code != websocket.CodeTimeout || end.Remote {
		s.Errorf("Serve returned %v", end)
	}
}

// trickle sends bytes, one in each interval, until nobody takes them.
func (s *served) trickle(every time.Duration, bytes string) {
	go func() {
		for i := range len(bytes) {
			select {
			case <-time.After(every):
			case <-s.Context().Done():
				return
			}

			if _, err := s.Write([]byte{bytes[i]}); err != nil {
				return
			}
		}
	}()
}

func TestNoFirstMessage(t *testing.T) {
	t.Parallel()

	const reason = "no message in time after the handshake"

	for name, bytes := range map[string]string{
		"silence":              "",
		"a byte a second":      frame(fin|text, strings.Repeat("x", 100)),
		"fragments":            frame(text, "") + strings.Repeat(frame(continuation, "x"), 100),
		"pongs do not help":    strings.Repeat(frame(fin|pong, ""), 20),
		"bytes after the pong": frame(fin|pong, "") + frame(fin|text, strings.Repeat("x", 100)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serve(t, websocket.Options{})
				s.trickle(time.Second, bytes)
				s.expectTimeout(10*time.Second, reason)
			})
		})
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, websocket.Options{})

		for range 5 { // a message, then a ping, and again: all are signs of life
			s.send(frame(fin|text, "hello"))
			s.expect(fin|text, "hello")
			<-time.After(59 * time.Second)
			s.send(frame(fin|ping, ""))
			s.expect(fin|pong, "")
			<-time.After(59 * time.Second)
		}

		s.send(frame(fin|text, "last"))
		s.expect(fin|text, "last")
		s.began = time.Now()
		s.expectTimeout(time.Minute, "no message for too long")
	})
}

// TestFrameThatDoesNotEnd begins a message that its bytes, however many, must
// not prolong.
func TestFrameThatDoesNotEnd(t *testing.T) {
	t.Parallel()

	const reason = "a frame was begun and not ended in time"

	for name, bytes := range map[string]string{
		"half a header":   "\x81",
		"a byte at times": frame(fin|text, strings.Repeat("x", 1000)),
		"a large one":     frame(fin|text, strings.Repeat("x", 100_000)),
		"a ping":          frame(fin|ping, strings.Repeat("x", 100)),
		"fragments":       frame(text, "") + strings.Repeat(frame(continuation, "x"), 100),
		"pongs between":   frame(text, "") + strings.Repeat(frame(fin|pong, ""), 100),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serve(t, websocket.Options{})
				s.send(frame(fin|text, "hello"))
				s.expect(fin|text, "hello")

				<-time.After(50 * time.Second)

				s.send(bytes[:1]) // the minute begins with its first byte
				s.began = time.Now()
				s.trickle(700*time.Millisecond, bytes[1:])
				s.expectTimeout(time.Minute, reason)
			})
		})
	}
}

// TestSlowIsNotTooSlow sends a byte at a time, each message just in time.
func TestSlowIsNotTooSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, websocket.Options{FirstFrame: time.Minute})

		for range 3 {
			s.trickle(time.Second, frame(fin|text, strings.Repeat("x", 50)))
			s.expect(fin|text, strings.Repeat("x", 50))
		}

		s.Close()
		_ = asClose(t, <-s.ends)
	})
}

func TestClientTakesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, websocket.Options{FirstFrame: time.Hour})
		b := s.conn.Batch()
		b.Message([]byte("nobody reads this"))

		err := s.conn.Write(t.Context(), b)
		if end := asClose(t, err); end.Code != websocket.CodeTimeout || end.Remote || time.Since(s.began) != 30*time.Second {
			t.Errorf("after %v: %v", time.Since(s.began), err)
		}

		if fault.Of(err) != fault.CodeUnavailable {
			t.Errorf("its code is %s", fault.Of(err))
		}

		if served := <-s.ends; !errors.Is(served, err) {
			t.Errorf("Serve returned %v", served)
		}
	})
}

// TestClientTakesNoPong lets a client ping that reads nothing.
func TestClientTakesNoPong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, websocket.Options{FirstFrame: time.Hour})
		s.send(frame(fin|ping, "x"))

		if end := asClose(t, <-s.ends); end.Code != websocket.CodeTimeout || time.Since(s.began) != 30*time.Second {
			t.Errorf("after %v: %v", time.Since(s.began), end)
		}
	})
}

// TestControlWaitsForWrite shows that a pong and a close frame that come up during
// a write follow it at once, the pong for the newest ping.
func TestControlWaitsForWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, websocket.Options{FirstFrame: time.Hour})
		wrote := make(chan error, 1)

		go func() {
			b := s.conn.Batch()
			b.Message([]byte("hello"))
			wrote <- s.conn.Write(context.Background(), b)
		}()

		synctest.Wait()
		s.send(frame(fin|ping, "old") + frame(fin|ping, "new"))
		synctest.Wait()

		s.expect(fin|text, "hello")
		s.expect(fin|pong, "new")

		if err := <-wrote; err != nil {
			t.Error(err)
		}

		go func() {
			b := s.conn.Batch()
			b.Message([]byte("last"))
			wrote <- s.conn.Write(context.Background(), b)
		}()

		synctest.Wait()
		s.conn.Close(1001, "")
		s.expect(fin|text, "last")
		s.expectClose(1001)
		s.send(closeFrame(1001, ""))

		if err := errors.Join(<-wrote, asClose(t, <-s.ends).Err); err != nil || time.Since(s.began) > 0 {
			t.Errorf("after %v: %v", time.Since(s.began), err)
		}
	})
}

func TestWriteEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, websocket.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		b := s.conn.Batch()
		b.Message([]byte("nobody reads this"))

		time.AfterFunc(5*time.Second, cancel)

		if err := s.conn.Write(ctx, b); err == nil || time.Since(s.began) > 6*time.Second {
			t.Errorf("after %v: %v", time.Since(s.began), err)
		}

		_ = asClose(t, <-s.ends)
	})
}
