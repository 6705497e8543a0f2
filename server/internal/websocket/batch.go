package websocket

import (
	"encoding/binary"
	"net"

	"github.com/gobwas/ws"

	"github.com/recountdev/recount/internal/payload"
)

const (
	// copyUpTo is the length from which on a payload is not copied: a second
	// part costs about as much as copying so much.
	copyUpTo = 16 << 10
	// chunkSize is the length of the largest buffer that is copied into.
	chunkSize = 64 << 10
	// maxStored is the length of the largest block of DEFLATE that is stored
	// as it is.
	maxStored = 1<<16 - 1
)

// Batch gathers messages for one connection, to be sent in one write. It is for
// one goroutine. Whoever asked for it ends it, by Write or by Release.
type Batch struct {
	conn  *Conn
	bytes int

	chunk *buffer // what is copied into
	cut   int     // how much of chunk is in parts
	full  []*buffer
	parts net.Buffers

	try  func(fd uintptr) bool // b.tryParts, made once
	err  error                 // of try
	held bool                  // TryWrite has begun to write it, and holds the connection
}

// Batch returns an empty batch for messages to this client.
func (c *Conn) Batch() *Batch {
	b, ok := c.upgrader.batches.Get().(*Batch)
	if !ok {
		b = &Batch{}
		b.try = b.tryParts
	}

	b.conn = c

	return b
}

// Len returns how many bytes will go out.
func (b *Batch) Len() int { return b.bytes }

// Message adds a text message for this client alone. text is valid UTF-8; it
// is copied.
func (b *Batch) Message(text []byte) {
	if b.conn.deflate && len(text) >= b.conn.upgrader.options.CompressAbove {
		b.Text(nil, payload.New(text), nil)

		return
	}

	b.header(false, len(text), len(text))
	b.copy(text)
}

// Text adds the text message head + p + tail. Head and tail are copied;
// they are valid UTF-8, as is the whole.
func (b *Batch) Text(head []byte, p *payload.Payload, tail []byte) {
	if b.conn.deflate {
		if deflated := b.conn.upgrader.smaller(p); deflated != nil {
			b.compressed(head, deflated, tail)

			return
		}
	}

	n := len(head) + len(p.Bytes()) + len(tail)
	b.header(false, n, n-shared(p.Bytes()))
	b.copy(head)
	b.share(p.Bytes())
	b.copy(tail)
}

// compressed adds a message whose middle is deflated. Before and after it head
// and tail are stored as they are; a last empty block follows, without the four
// bytes that RFC 7692 (7.2.1) takes away.
func (b *Batch) compressed(head, deflated, tail []byte) {
	n := storedSize(head) + len(deflated) + storedSize(tail) + 1
	b.header(true, n, n-shared(deflated))
	b.store(head)
	b.share(deflated)
	b.store(tail)
	b.copy([]byte{0})
}

// header adds the header of a message of n bytes, and makes room for those that
// are copied.
func (b *Batch) header(deflated bool, n, copied int) {
	first := 0x80 | byte(ws.OpText)
	if deflated {
		first |= 0x40
	}

	b.room(min(ws.MaxHeaderSize+copied, chunkSize))

	var header [ws.MaxHeaderSize]byte
	b.copy(appendHeader(header[:0], first, n))
}

// storedSize returns how long p is as stored blocks.
func storedSize(p []byte) int { return len(p) + (len(p)+maxStored-1)/maxStored*5 }

// store adds p as stored blocks.
func (b *Batch) store(p []byte) {
	for len(p) > 0 {
		n := min(len(p), maxStored)

		var header [5]byte
		binary.LittleEndian.PutUint16(header[1:], uint16(n))
		binary.LittleEndian.PutUint16(header[3:], ^uint16(n))
		b.copy(header[:])
		b.copy(p[:n])
		p = p[n:]
	}
}

// shared returns how many bytes of p are not copied: all or none.
func shared(p []byte) int {
	if len(p) < copyUpTo {
		return 0
	}

	return len(p)
}

// share adds bytes that never change.
func (b *Batch) share(p []byte) {
	if shared(p) == 0 {
		b.copy(p)

		return
	}

	b.seal()
	b.parts = append(b.parts, p)
	b.bytes += len(p)
}

// copy adds a copy of p.
func (b *Batch) copy(p []byte) {
	b.bytes += len(p)

	for len(p) > 0 {
		b.room(len(p))

		free := b.chunk.free()
		n := copy(free, p)
		b.chunk.b = b.chunk.b[:len(b.chunk.b)+n]
		p = p[n:]
	}
}

// room sees to it that the chunk has room, for n bytes if it may be so large.
func (b *Batch) room(n int) {
	pool := &b.conn.upgrader.buffers

	switch c := b.chunk; {
	case c == nil:
		b.chunk = pool.get(min(n, chunkSize))
	case n <= len(c.free()):
	case b.cut == 0 && cap(c.b) < chunkSize:
		b.chunk = pool.grow(c, min(max(len(c.b)+n, 4*cap(c.b)), chunkSize))
	case len(c.free()) > 0: // fill it first
	default:
		b.seal()
		b.full = append(b.full, c)
		b.chunk, b.cut = pool.get(min(max(n, cap(c.b)), chunkSize)), 0
	}
}

// seal makes a part of what was copied since the last one.
func (b *Batch) seal() {
	if b.chunk != nil && len(b.chunk.b) > b.cut {
		b.parts = append(b.parts, b.chunk.b[b.cut:len(b.chunk.b):len(b.chunk.b)])
		b.cut = len(b.chunk.b)
	}
}

// Release gives up a batch that is not to be written.
func (b *Batch) Release() {
	u := b.conn.upgrader

	if b.held {
		b.conn.writing.Unlock()
	}

	if b.chunk != nil {
		u.buffers.put(b.chunk)
	}

	for _, full := range b.full {
		u.buffers.put(full)
	}

	clear(b.full)
	clear(b.parts)

	*b = Batch{full: b.full[:0], parts: b.parts[:0], try: b.try}
	u.batches.Put(b)
}
