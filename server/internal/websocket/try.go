package websocket

import (
	"errors"
	"os"
	"time"
)

// TryWrite sends as much of a batch as the client takes at once, without ever
// waiting. If that is all of it, the batch is released, as it is on an error,
// which is a *CloseError. If it is not, done is false and the batch is the
// caller's still: Write has to send the rest, or Release to give up the
// connection's turn. Nobody else can write meanwhile.
//
// It sends nothing where that cannot be done without waiting: over TLS, on
// systems other than Unix, and while something else is being written.
func (c *Conn) TryWrite(b *Batch) (done bool, err error) {
	if b.bytes == 0 {
		b.Release()

		return true, nil
	}

	if c.raw == nil || !c.writing.TryLock() {
		return false, nil
	}

	b.seal()
	b.held = true
	if err := c.try(b); err != nil {
		b.Release()
		c.flush()

		return true, err
	}

	if len(b.parts) > 0 {
		return false, nil
	}

	b.Release()
	c.flush()

	return true, nil
}

// try writes what goes out at once; writing is held.
func (c *Conn) try(b *Batch) error {
	if end := c.ended(); end != nil {
		return end
	}

	err := c.look(time.Now())
	if err == nil {
		err = c.raw.Write(b.try)
	}

	if err == nil {
		err = b.err
	}

	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) { // then Write looks closer
		return nil
	}

	c.cut(&CloseError{Code: CodeCut, Remote: true, Err: err})

	return c.ended()
}
