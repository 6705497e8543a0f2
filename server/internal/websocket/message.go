package websocket

import (
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// maxEmpty is how many fragments without a byte a message may have. Others are
// bounded by MaxFrame.
const maxEmpty = 64

// message is the text message that is being read.
type message struct {
	begun    bool // its end has not come
	deflated bool
	empty    int     // fragments without a byte
	body     *buffer // what came, if it had to be gathered
	inflated *buffer
}

// release gives the message's memory back, and begins anew.
func (m *message) release(u *Upgrader) {
	if m.body != nil {
		u.buffers.put(m.body)
	}

	if m.inflated != nil {
		u.buffers.put(m.inflated)
	}

	*m = message{}
}

// size returns how many bytes of the message came before the present frame.
func (m *message) size() int {
	if m.body == nil {
		return 0
	}

	return len(m.body.b)
}

// data reads a data frame. It returns the message, with ok = true, when the
// frame is its last.
func (r *reader) data(h ws.Header, deflated bool) (text []byte, ok bool, err error) {
	m := &r.message

	if limit := r.upgrader.options.MaxFrame; h.Length > int64(limit-m.size()) {
		return nil, false, breach(CodeTooLarge, "a message may have %d bytes", limit)
	}

	if !m.begun {
		m.deflated = deflated
	}

	if h.Fin && !m.begun && h.Length <= readSize {
		if text, err = r.take(&h); err != nil {
			return nil, false, err
		}
	} else {
		if err := r.gather(&h); err != nil {
			return nil, false, err
		}

		if m.begun = !h.Fin; m.begun {
			return nil, false, nil
		}

		text = m.body.b
	}

	if text, err = r.complete(text); err != nil {
		return nil, false, err
	}

	return text, true, nil
}

// gather appends a frame to the body. Room is made as the bytes come, never
// because a header promises them.
func (r *reader) gather(h *ws.Header) error {
	m := &r.message
	if m.body == nil {
		m.body = r.upgrader.buffers.get(readSize)
	}

	if h.Length == 0 && !h.Fin {
		if m.empty++; m.empty > maxEmpty {
			return breach(CodePolicy, "a message may have %d fragments without a byte", maxEmpty)
		}
	}

	for offset := 0; r.left > 0; {
		if len(m.body.b) == cap(m.body.b) {
			m.body = r.upgrader.buffers.grow(m.body, 2*cap(m.body.b))
		}

		p := m.body.free()
		p = p[:min(int64(len(p)), r.left)]

		n, err := r.move(p)
		if n == 0 && err != nil {
			return err
		}

		ws.Cipher(p[:n], h.Mask, offset)
		m.body.b = m.body.b[:len(m.body.b)+n]
		offset += n
		r.left -= int64(n)
	}

	return nil
}

// move reads some bytes: those that are there, else from the network.
func (r *reader) move(p []byte) (int, error) {
	if r.from == r.to {
		return r.read(p)
	}

	n := copy(p, r.in[r.from:r.to])
	r.from += n

	return n, nil
}

// complete returns the text of a message that is there as a whole.
func (r *reader) complete(text []byte) ([]byte, error) {
	m := &r.message

	if m.deflated {
		var err error
		if m.inflated, err = r.upgrader.inflate(text); err != nil {
			return nil, err
		}

		text = m.inflated.b
	}

	if !utf8.Valid(text) {
		return nil, breach(CodeInvalidData, "a text message is not UTF-8")
	}

	return text, nil
}
