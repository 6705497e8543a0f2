package websocket

import (
	"errors"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// rawOf returns what TryWrite writes to.
func rawOf(conn syscall.Conn) syscall.RawConn {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil
	}

	return raw
}

// tryParts writes parts until they or the client's room are at an end. It
// reports true: whoever called it does not wait.
func (b *Batch) tryParts(fd uintptr) bool {
	for len(b.parts) > 0 {
		n, err := writeParts(int(fd), b.parts)

		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			return true
		case err != nil:
			b.err = err

			return true
		}

		all := partsLength(b.parts)
		if b.parts = skip(b.parts, n); n < all {
			return true
		}
	}

	return true
}

// writeParts writes the first of the parts in one call.
func writeParts(fd int, parts net.Buffers) (int, error) {
	if len(parts) == 1 {
		return unix.Write(fd, parts[0])
	}

	return unix.Writev(fd, parts[:min(len(parts), maxParts)])
}

// partsLength returns how many bytes one call of writeParts has to write.
func partsLength(parts net.Buffers) int {
	n := 0
	for _, part := range parts[:min(len(parts), maxParts)] {
		n += len(part)
	}

	return n
}

// skip takes n bytes away. The list begins where it began.
func skip(parts net.Buffers, n int) net.Buffers {
	whole := 0
	for whole < len(parts) && n >= len(parts[whole]) {
		n -= len(parts[whole])
		whole++
	}

	rest := parts[:copy(parts, parts[whole:])]
	clear(parts[len(rest):])

	if n > 0 {
		rest[0] = rest[0][n:]
	}

	return rest
}
