package websocket

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
)

// ending is what a sender leaves out of a message, and a last empty block.
const ending = "\x00\x00\xff\xff\x01\x00\x00\xff\xff"

// inflater turns a deflated message into text.
type inflater struct {
	source  source
	inflate io.Reader
	reset   flate.Resetter // the same
}

// inflater returns an inflater out of the pool.
func (u *Upgrader) inflater() *inflater {
	if i, ok := u.inflaters.Get().(*inflater); ok {
		return i
	}

	i := &inflater{}
	i.inflate = flate.NewReader(&i.source)
	i.reset, _ = i.inflate.(flate.Resetter) // NewReader says that it is one

	return i
}

// inflate returns the text of a message, at most MaxFrame bytes of it.
func (u *Upgrader) inflate(message []byte) (*buffer, error) {
	i := u.inflater()
	out, err := i.read(u, message)
	i.source.reset(nil)
	u.inflaters.Put(i)

	return out, err
}

// read inflates a message.
func (i *inflater) read(u *Upgrader, message []byte) (*buffer, error) {
	i.source.reset(message)

	if err := i.reset.Reset(&i.source, nil); err != nil {
		return nil, breach(CodeInternal, "%v", err)
	}

	limit := u.options.MaxFrame
	out := u.buffers.get(min(4*len(message), limit))

	for {
		if len(out.b) == cap(out.b) {
			out = u.buffers.grow(out, 2*cap(out.b))
		}

		n, err := i.inflate.Read(out.free())
		out.b = out.b[:len(out.b)+n]

		if len(out.b) > limit {
			u.buffers.put(out)

			return nil, breach(CodeTooLarge, "a message may have %d bytes, inflated as well", limit)
		}

		switch {
		case err == nil:
		case errors.Is(err, io.EOF) && i.source.done():
			return out, nil
		default:
			u.buffers.put(out)

			return nil, breach(CodeInvalidData, "a message does not inflate")
		}
	}
}

// source reads a message and then the ending. The inflater reads it byte by
// byte, so it has to know no more than that.
type source struct {
	message bytes.Reader
	ending  int // bytes of it that were read
}

// reset begins with another message.
func (s *source) reset(message []byte) {
	s.message.Reset(message)
	s.ending = 0
}

// done reports whether a message that inflated was read as a whole: up to its
// end and the ending, or up to a last block of the sender's own, after which
// there may be an empty one.
func (s *source) done() bool {
	b, err := s.message.ReadByte()
	if err != nil {
		return s.ending == 0 || s.ending == len(ending)
	}

	return b == 0 && s.message.Len() == 0
}

// ReadByte returns the next byte.
func (s *source) ReadByte() (byte, error) {
	b, err := s.message.ReadByte()
	if err == nil || s.ending == len(ending) {
		return b, err
	}

	b = ending[s.ending]
	s.ending++

	return b, nil
}

// Read reads the next bytes.
func (s *source) Read(p []byte) (int, error) {
	if s.message.Len() > 0 {
		return s.message.Read(p)
	}

	n := copy(p, ending[s.ending:])
	if s.ending += n; n == 0 && len(p) > 0 {
		return 0, io.EOF
	}

	return n, nil
}
