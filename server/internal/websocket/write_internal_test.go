package websocket

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recountdev/recount/internal/payload"
)

// TestProgress writes to a client that takes a byte now and then: the write
// goes on as long as the client does, however long that is. A pipe stands for
// a TCP connection, on a clock of its own.
func TestProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()

		u, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}

		c := u.Conn(near)
		c.whole = true

		b := c.Batch()
		b.Text([]byte("head"), payload.New(make([]byte, copyUpTo)), []byte("tail"))

		wrote := make(chan error, 1)
		go func() { wrote <- c.Write(t.Context(), b) }()

		var one [1]byte

		for range 20 {
			<-time.After(29 * time.Second)

			if _, err := io.ReadFull(far, one[:]); err != nil {
				t.Fatal(err)
			}
		}

		last := time.Now()

		end, ok := errors.AsType[*CloseError](<-wrote)
		if !ok || end.Code != CodeTimeout {
			t.Errorf("Write returned %v", end)
		}

		if after := time.Since(last); after < 30*time.Second || after > 31*time.Second {
			t.Errorf("the write ended %v after the last byte", after)
		}
	})
}

// TestNothingIsKept shows that a batch and a connection hold no memory after a
// write, however large it was.
func TestNothingIsKept(t *testing.T) {
	t.Parallel()

	near, far := net.Pipe()
	defer far.Close()

	go func() { _, _ = io.Copy(io.Discard, far) }()

	u, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}

	c := u.Conn(near)
	b := c.Batch()

	for range 10 {
		b.Text(make([]byte, 50_000), payload.New(make([]byte, copyUpTo)), nil)
	}

	if len(b.full) == 0 || len(b.parts) == 0 || b.chunk == nil {
		t.Fatal("the test needs a batch that fills several buffers")
	}

	if err := c.Write(t.Context(), b); err != nil {
		t.Fatal(err)
	}

	if b.chunk != nil || b.conn != nil || b.bytes != 0 || b.cut != 0 || len(b.full) != 0 || len(b.parts) != 0 {
		t.Errorf("a batch that was released holds %+v", b)
	}

	for _, part := range b.parts[:cap(b.parts)] {
		if part != nil {
			t.Error("a batch that was released holds a part")
		}
	}

	c.Abort()
}

// TestCancelAfterPong cancels a write that waits: a pong before it has moved the
// deadline far away.
func TestCancelAfterPong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()

		u, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}

		c := u.Conn(near)
		c.whole = true

		go func() { _, _ = io.CopyN(io.Discard, far, 2+5+2) }()

		first := c.Batch()
		first.Message([]byte("hello"))

		if err := c.Write(t.Context(), first); err != nil {
			t.Fatal(err)
		}

		c.sendPong(nil)

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second, cancel)

		began := time.Now()
		b := c.Batch()
		b.Message([]byte("nobody reads this"))

		if err := c.Write(ctx, b); !errors.Is(err, context.Canceled) || time.Since(began) > 6*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}

		if end := c.ended(); end != nil {
			t.Errorf("no byte was out, and the connection ended: %v", end)
		}
	})
}

// secured is what a TLS connection is to this package: it talks while it closes.
type secured struct {
	net.Conn

	below net.Conn
}

// NetConn returns the connection below.
func (s *secured) NetConn() net.Conn { return s.below }

// Close never returns.
func (*secured) Close() error { select {} }

// TestAbortDoesNotTalk cuts a TLS connection below TLS.
func TestAbortDoesNotTalk(t *testing.T) {
	t.Parallel()

	near, far := net.Pipe()
	defer far.Close()

	u, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}

	u.Conn(&secured{Conn: near, below: near}).Abort()

	if _, err := far.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the client reads %v, want the end", err)
	}
}
