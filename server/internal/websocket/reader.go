package websocket

import (
	"errors"
	"io"
	"math"
	"os"
	"time"

	"github.com/gobwas/ws"
)

// readSize is how many bytes are asked for at once between messages. A message
// that fits is not copied.
const readSize = 4 << 10

// reader reads and handles what a connection has got, until nothing is left.
// Between two messages it goes back to the pool.
type reader struct {
	upgrader *Upgrader
	run      func() // r.work; made once, so that starting a goroutine costs nothing
	done     chan struct{}

	conn   *Conn
	handle func([]byte) error
	err    error // what the wait ended with
	over   bool  // the connection is over
	heard  bool  // the client's close frame has come

	in       [readSize]byte
	from, to int   // what of in is not read yet
	left     int64 // what of the frame's payload is not read yet
	timed    bool  // the deadline of what is begun is set

	message message
}

// reader returns a reader out of the pool.
func (u *Upgrader) reader() *reader {
	if r, ok := u.readers.Get().(*reader); ok {
		return r
	}

	r := &reader{upgrader: u, done: make(chan struct{}, 1)}
	r.run = r.work

	return r
}

// rest takes a reader back.
func (u *Upgrader) rest(r *reader) {
	r.conn, r.handle, r.err = nil, nil, nil
	u.readers.Put(r)
}

// start gives the reader the n bytes that the connection has read ahead, or
// the error instead of which there are none.
func (r *reader) start(c *Conn, n int, err error, handle func([]byte) error) {
	r.conn, r.handle, r.err = c, handle, err
	r.over, r.heard, r.timed, r.left = false, false, false, 0
	r.from, r.to = 0, copy(r.in[:], c.ahead[:n])
}

// work handles messages until nothing is left or the connection is over.
func (r *reader) work() {
	if err := r.all(); err != nil {
		r.over = true
		r.quit(err)
	}

	r.message.release(r.upgrader)
	r.done <- struct{}{}
}

// all handles messages until nothing is left.
func (r *reader) all() error {
	if r.from == r.to && r.err != nil {
		return r.err
	}

	for {
		text, ok, err := r.next()
		if err != nil || !ok {
			return err
		}

		if end := r.conn.ended(); end != nil {
			return end
		}

		if err := r.handle(text); err != nil {
			return failed(err)
		}

		r.message.release(r.upgrader)
	}
}

// failed returns the end of a connection whose handler failed.
func failed(err error) *CloseError {
	end, ok := errors.AsType[*CloseError](err)
	if !ok || !mayBeSent(end.Code) {
		return &CloseError{Code: CodeInternal, Err: err}
	}

	if error(end) == err { //nolint:errorlint // whether anything is wrapped around it
		return &CloseError{Code: end.Code, Reason: end.Reason, Err: end.Err}
	}

	return &CloseError{Code: end.Code, Reason: end.Reason, Err: err}
}

// next returns the next text message, or ok = false when nothing is left and
// no message is begun.
func (r *reader) next() (text []byte, ok bool, err error) {
	for r.from < r.to || r.message.begun {
		h, compressed, err := r.header()
		if err != nil {
			return nil, false, err
		}

		if h.OpCode.IsControl() {
			if err := r.control(h); err != nil {
				return nil, false, err
			}

			r.timed = r.message.begun

			continue
		}

		text, ok, err := r.data(h, compressed)
		if err != nil {
			return nil, false, err
		}

		if ok {
			r.timed, r.conn.first = false, time.Time{}

			return text, true, nil
		}
	}

	return nil, false, nil
}

// header reads the header of a frame, and refuses what must not be.
func (r *reader) header() (h ws.Header, compressed bool, err error) {
	if err := r.fill(2); err != nil {
		return h, false, err
	}

	compressed, err = checkStart(r.in[r.from:r.to], r.conn.deflate, r.message.begun)
	if err != nil {
		return h, false, err
	}

	size := headerSize(r.in[r.from+1])
	if err := r.fill(size); err != nil {
		return h, false, err
	}

	h = parseHeader(r.in[r.from:r.to])
	if err := checkLength(r.in[r.from:r.to], h.Length); err != nil {
		return h, false, err
	}

	r.from += size
	r.left = h.Length

	return h, compressed, nil
}

// fill waits until size bytes are there, at most readSize.
func (r *reader) fill(size int) error {
	if r.from+size > len(r.in) {
		r.to = copy(r.in[:], r.in[r.from:r.to])
		r.from = 0
	}

	for r.to-r.from < size {
		n, err := r.read(r.in[r.to:])
		if r.to += n; n == 0 && err != nil {
			return err
		}
	}

	return nil
}

// read reads some bytes of what is begun, which must end in time.
func (r *reader) read(p []byte) (int, error) {
	c := r.conn

	if !r.timed {
		until := time.Now().Add(c.upgrader.options.ReadTimeout)
		if !c.first.IsZero() && c.first.Before(until) {
			until = c.first
		}

		if err := c.conn.SetReadDeadline(until); err != nil {
			return 0, err
		}

		r.timed = true
	}

	n, err := c.read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}

	return n, err
}

// take waits for size bytes, at most readSize, and unmasks them.
func (r *reader) take(h *ws.Header) ([]byte, error) {
	size := int(h.Length)
	if err := r.fill(size); err != nil {
		return nil, err
	}

	p := r.in[r.from : r.from+size]
	r.from += size
	r.left = 0
	ws.Cipher(p, h.Mask, 0)

	return p, nil
}

// control does what a control frame asks for.
func (r *reader) control(h ws.Header) error {
	payload, err := r.take(&h)
	if err != nil {
		return err
	}

	switch h.OpCode {
	case ws.OpPing:
		r.conn.sendPong(payload)
	case ws.OpClose:
		r.heard = true

		return parseClose(payload)
	default: // a pong that nobody asked for
	}

	return nil
}

// quit ends the connection for a reason, and waits for the client's close
// frame if it has not come yet.
func (r *reader) quit(err error) {
	c := r.conn

	switch end, ok := errors.AsType[*CloseError](err); {
	case ok:
		c.close(end)
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.close(r.late(err))
	default: // the connection is cut; nobody hears a close frame
		c.cut(&CloseError{Code: CodeCut, Remote: true, Err: err})

		return
	}

	if !r.heard {
		r.discard()
	}
}

// late returns the end of a connection whose client took too long.
func (r *reader) late(err error) *CloseError {
	end := &CloseError{Code: CodeTimeout, Err: err}

	switch {
	case !r.conn.first.IsZero():
		end.Reason = "no message in time after the handshake"
	case r.timed:
		end.Reason = "a frame was begun and not ended in time"
	default:
		end.Reason = "no message for too long"
	}

	return end
}

// discard reads on until the client's close frame, or until the connection is
// cut, which happens soon: a socket that is closed with unread bytes in it may
// lose our close frame.
func (r *reader) discard() {
	r.timed = true

	if err := r.conn.conn.SetReadDeadline(time.Now().Add(r.conn.upgrader.options.CloseTimeout)); err != nil {
		return
	}

	for r.skip(r.left) && !r.heard {
		if r.fill(2) != nil {
			return
		}

		size := headerSize(r.in[r.from+1])
		if r.fill(size) != nil {
			return
		}

		h := parseHeader(r.in[r.from:r.to])
		r.from += size
		r.left = h.Length & math.MaxInt64
		r.heard = h.OpCode == ws.OpClose && h.Fin && h.Length <= ws.MaxControlFramePayloadSize
	}
}

// skip reads over n bytes.
func (r *reader) skip(n int64) bool {
	for n > 0 {
		if r.from == r.to {
			r.from, r.to = 0, 0
			if r.fill(1) != nil {
				return false
			}
		}

		step := min(n, int64(r.to-r.from))
		r.from += int(step)
		n -= step
	}

	return true
}
