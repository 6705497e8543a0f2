package websocket

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"github.com/gobwas/ws"
)

const (
	// progressEvery is how often a write that waits looks whether bytes went
	// out, and whether its context has ended.
	progressEvery = time.Second
	// pieceSize is how much goes out under one deadline on a connection that
	// is lost after a deadline, as is TLS.
	pieceSize = 16 << 10
	// maxParts is how many parts one call gets: a TCP connection keeps room
	// for as many for ever.
	maxParts = 8
)

// Write sends a batch and releases it. A batch without messages is not sent.
//
// Write waits as long as the client takes bytes. It fails with a *CloseError
// when the connection ends or has ended, also because no byte went out for
// WriteTimeout. When ctx ends (that is noticed within a second) before the
// first byte is out, Write fails with the error of ctx and the connection
// lives; after that it ends with the write.
func (c *Conn) Write(ctx context.Context, b *Batch) error {
	defer b.Release()

	if b.bytes == 0 {
		return nil
	}

	if !b.held {
		b.seal()
		c.writing.Lock()
	}

	err := c.send(ctx, b)
	b.held = false
	c.writing.Unlock()
	c.flush()

	return err
}

// send writes a batch; writing is held.
func (c *Conn) send(ctx context.Context, b *Batch) error {
	if end := c.ended(); end != nil {
		return end
	}

	if err := ctx.Err(); err != nil && !b.held {
		return err
	}

	out, err := c.put(ctx, b.parts)
	out = out || b.held
	if err == nil {
		return nil
	}

	switch cause := ctx.Err(); {
	case cause != nil && !out:
		return cause
	case cause != nil:
		c.cut(&CloseError{Code: CodeCut, Err: cause})
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.cut(&CloseError{Code: CodeTimeout, Reason: "the client takes nothing", Err: err})
	default:
		c.cut(&CloseError{Code: CodeCut, Remote: true, Err: err})
	}

	return c.ended()
}

// put writes all parts, and says whether any byte went out.
func (c *Conn) put(ctx context.Context, parts net.Buffers) (out bool, err error) {
	if !c.whole {
		return c.putPieces(ctx, parts)
	}

	timeout := c.upgrader.options.WriteTimeout
	now := time.Now()
	until := now.Add(timeout)

	for len(parts) > 0 {
		if err := c.look(now); err != nil {
			return out, err
		}

		n, err := c.putSome(&parts)
		if err == nil && len(parts) == 0 {
			return true, nil
		}

		if now = time.Now(); n > 0 {
			out, until = true, now.Add(timeout)
		}

		switch {
		case err == nil:
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return out, err
		case ctx.Err() != nil:
			return out, ctx.Err()
		case !now.Before(until):
			return out, err
		default: // go on with the rest
		}
	}

	return out, nil
}

// look sets the deadline at which a write that waits looks around. One that is
// still to come will do: setting it for every write would cost a tenth of it.
func (c *Conn) look(now time.Time) error {
	every := min(progressEvery, c.upgrader.options.WriteTimeout/4)
	if c.looks.Sub(now) >= every/2 {
		return nil
	}

	c.looks = now.Add(every)

	return c.conn.SetWriteDeadline(c.looks)
}

// putSome writes the first of the parts in one call, and takes away what went
// out.
func (c *Conn) putSome(parts *net.Buffers) (n int64, err error) {
	if len(*parts) == 1 {
		n, err := c.conn.Write((*parts)[0])
		if (*parts)[0] = (*parts)[0][n:]; err == nil {
			*parts = nil
		}

		return int64(n), err
	}

	some := (*parts)[:min(len(*parts), maxParts)]
	count := len(some)
	n, err = some.WriteTo(c.conn)
	*parts = (*parts)[count-len(some):]

	return n, err
}

// putPieces writes all parts to a connection that is lost after a deadline.
func (c *Conn) putPieces(ctx context.Context, parts net.Buffers) (out bool, err error) {
	done := make(chan struct{})

	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		_ = c.conn.SetWriteDeadline(time.Unix(1, 0))
	})

	defer func() {
		if !stop() {
			<-done
		}
	}()

	for _, part := range parts {
		for len(part) > 0 {
			if err := c.conn.SetWriteDeadline(time.Now().Add(c.upgrader.options.WriteTimeout)); err != nil {
				return out, err
			}

			if ctx.Err() != nil {
				return out, ctx.Err()
			}

			n, err := c.conn.Write(part[:min(len(part), pieceSize)])
			if err != nil {
				return true, err
			}

			out = true
			part = part[n:]
		}
	}

	return out, nil
}

// sendPong answers a ping: at once, or after the write that is going on. Only
// the newest ping is answered then, as RFC 6455 (5.5.3) allows.
func (c *Conn) sendPong(payload []byte) {
	c.mu.Lock()

	if c.end == nil {
		c.pong = append(append(c.pong[:0], 0x80|byte(ws.OpPong), byte(len(payload))), payload...)
	}

	c.mu.Unlock()
	c.flush()
}

// flush writes the control frames that are due, unless a write is going on:
// that one does it at its end.
func (c *Conn) flush() {
	for c.due() && c.writing.TryLock() {
		c.writeControl()
		c.writing.Unlock()
	}
}

// due reports whether a control frame is due.
func (c *Conn) due() bool {
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.pong != nil || c.farewell != nil
}

// writeControl writes the control frames that are due; writing is held. If the
// client is gone, whoever reads will see that, after all that it has sent.
func (c *Conn) writeControl() {
	c.mu.Lock()

	frames, timeout := c.pong, c.upgrader.options.WriteTimeout
	if c.farewell != nil {
		frames, timeout = append(frames, c.farewell...), c.upgrader.options.CloseTimeout
	}

	c.pong, c.farewell = nil, nil
	c.mu.Unlock()

	c.looks = time.Time{}
	if len(frames) == 0 || c.conn.SetWriteDeadline(time.Now().Add(timeout)) != nil {
		return
	}

	if _, err := c.conn.Write(frames); errors.Is(err, os.ErrDeadlineExceeded) {
		c.cut(&CloseError{Code: CodeTimeout, Reason: "the client takes nothing", Err: err})
	}
}
