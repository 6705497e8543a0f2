package websocket

import (
	"math/bits"
	"sync"
)

const (
	smallest = 10 // the smallest buffer has 1<<10 bytes
	largest  = 21 // larger ones are not kept
)

// buffer is a piece of memory out of a pool. It has a length and a capacity
// as any slice.
type buffer struct{ b []byte }

// free returns the part that is not filled.
func (b *buffer) free() []byte { return b.b[len(b.b):cap(b.b)] }

// buffers keeps memory for reuse, in one pool for each power of two.
type buffers struct {
	pools [largest - smallest + 1]sync.Pool
}

// get returns an empty buffer for at least size bytes.
func (p *buffers) get(size int) *buffer {
	power := max(bits.Len(uint(max(size, 1)-1)), smallest)
	if power > largest {
		return &buffer{b: make([]byte, 0, size)}
	}

	if b, ok := p.pools[power-smallest].Get().(*buffer); ok {
		return b
	}

	return &buffer{b: make([]byte, 0, 1<<power)}
}

// put takes a buffer back. Nobody may use it any more.
func (p *buffers) put(b *buffer) {
	power := bits.Len(uint(cap(b.b) - 1))
	if power > largest || cap(b.b) != 1<<power {
		return
	}

	b.b = b.b[:0]
	p.pools[power-smallest].Put(b)
}

// grow returns a buffer for at least size bytes that begins with what b holds,
// and takes b back.
func (p *buffers) grow(b *buffer, size int) *buffer {
	larger := p.get(size)
	larger.b = append(larger.b, b.b...)
	p.put(b)

	return larger
}
