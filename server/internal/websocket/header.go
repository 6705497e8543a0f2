package websocket

import (
	"encoding/binary"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsflate"
)

// headerSize returns how many bytes a header has, from its second byte.
func headerSize(second byte) int {
	n := 2

	switch second & 0x7f {
	case 126:
		n += 2
	case 127:
		n += 8
	default:
	}

	if second&0x80 != 0 {
		n += 4
	}

	return n
}

// parseHeader reads a header that is there as a whole. A length whose highest
// bit is set becomes negative.
func parseHeader(b []byte) ws.Header {
	h := ws.Header{
		Fin:    b[0]&0x80 != 0,
		Rsv:    b[0] >> 4 & 7,
		OpCode: ws.OpCode(b[0] & 0x0f),
		Masked: b[1]&0x80 != 0,
		Length: int64(b[1] & 0x7f),
	}

	switch h.Length {
	case 126:
		h.Length = int64(binary.BigEndian.Uint16(b[2:]))
	case 127:
		h.Length = int64(binary.BigEndian.Uint64(b[2:]))
	default:
	}

	if n := headerSize(b[1]); h.Masked {
		copy(h.Mask[:], b[n-4:n])
	}

	return h
}

// checkStart refuses what the first two bytes of a header already show to be
// wrong. It says whether the message is deflated.
func checkStart(b []byte, deflate, begun bool) (compressed bool, err error) {
	h := ws.Header{
		Fin:    b[0]&0x80 != 0,
		Rsv:    b[0] >> 4 & 7,
		OpCode: ws.OpCode(b[0] & 0x0f),
		Masked: b[1]&0x80 != 0,
		Length: int64(b[1] & 0x7f),
	}

	if deflate {
		if h, compressed, err = wsflate.UnsetBit(h); err != nil {
			return false, breach(CodeProtocol, "%v", err)
		}
	}

	state := ws.StateServerSide
	if begun {
		state = state.Set(ws.StateFragmented)
	}

	if err := ws.CheckHeader(h, state); err != nil {
		return false, breach(CodeProtocol, "%v", err)
	}

	if h.OpCode == ws.OpBinary {
		return false, breach(CodeUnsupported, "binary messages are not read here: send text")
	}

	return compressed, nil
}

// checkLength refuses a length that is not written in the shortest way.
func checkLength(b []byte, length int64) error {
	short := b[1] & 0x7f

	switch {
	case length < 0:
		return breach(CodeProtocol, "the highest bit of a length must be 0")
	case short == 126 && length < 126, short == 127 && length < 1<<16:
		return breach(CodeProtocol, "a length of %d must be written in fewer bytes", length)
	default:
		return nil
	}
}

// appendHeader appends the header of a frame from the server.
func appendHeader(dst []byte, first byte, length int) []byte {
	switch {
	case length < 126:
		return append(dst, first, byte(length))
	case length < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, first, 126), uint16(length))
	default:
		return binary.BigEndian.AppendUint64(append(dst, first, 127), uint64(length))
	}
}
