package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/recountdev/recount/fault"
)

// client is one client in one room. It costs little: what comes is counted, not
// decoded.
type client struct {
	crowd *crowd
	index int // in the crowd
	room  int
	conn  *socket

	rest    []byte // the beginning of a frame whose end has not come
	joined  bool
	samples []sample

	events atomic.Uint64
	bytes  atomic.Uint64
	reads  atomic.Uint64
	upto   atomic.Uint64 // set last: who sees it sees all that belongs to it
}

// sample is one delivery.
type sample struct {
	version uint64
	sent    int64 // nanoseconds since 1970
	took    time.Duration
}

// frameBuffer has room for the largest frame that is expected, and for the
// beginning of the next.
type frameBuffer [1 << 20]byte

// readAtOnce is how much is read at once.
const readAtOnce = 64 << 10

// errLeft ends a client that has left its room.
var errLeft = errors.New("left")

// enter connects, and asks to join the room.
func (c *client) enter(ctx context.Context) (err error) {
	if c.conn, err = dial(ctx, c.crowd.order.Address); err != nil {
		return err
	}

	if c.crowd.order.Plain {
		if _, err := fmt.Fprintf(c.conn, "%08d", c.room); err != nil {
			return err
		}

		c.crowd.joined <- struct{}{}

		return c.crowd.poller.add(c)
	}

	if err := c.shakeHands(); err != nil {
		return err
	}

	if err := c.crowd.poller.add(c); err != nil {
		return err
	}

	_, err = c.conn.Write(maskedText(fmt.Appendf(nil, `["1","1",%q,"phx_join",{}]`, c.crowd.order.Rooms[c.room])))

	return err
}

// shakeHands makes the connection a WebSocket.
func (c *client) shakeHands() error {
	_, err := fmt.Fprintf(c.conn, "GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n", c.crowd.order.Address)
	if err != nil {
		return err
	}

	answer := make([]byte, 0, 1024)
	for !bytes.Contains(answer, []byte("\r\n\r\n")) {
		if len(answer) == cap(answer) {
			return fault.Internal("the handshake's answer is too long: %.200s", answer)
		}

		n, err := c.conn.Read(answer[len(answer):cap(answer)])
		if err != nil {
			return fmt.Errorf("read the handshake's answer: %w", err)
		}

		answer = answer[:len(answer)+n]
	}

	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 101 ")) || !bytes.HasSuffix(answer, []byte("\r\n\r\n")) {
		return fault.Internal("the server answered the handshake: %.200s", answer)
	}

	return nil
}

// sayGoodbye asks to leave the room.
func (c *client) sayGoodbye() error {
	_, err := c.conn.Write(maskedText(fmt.Appendf(nil, `["1","2",%q,"phx_leave",{}]`, c.crowd.order.Rooms[c.room])))

	return err
}

// maskedText returns a frame as a client sends it. The mask is all zeros.
func maskedText(text []byte) []byte {
	frame := []byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0} // a name is short
	if len(text) > 125 {
		frame = []byte{0x81, 0x80 | 126, byte(len(text) >> 8), byte(len(text)), 0, 0, 0, 0}
	}

	return append(frame, text...)
}

// space returns where the next bytes go, behind what is left of the last ones.
func (c *client) space(b *frameBuffer) []byte {
	n := copy(b[:], c.rest)

	return b[n:min(n+readAtOnce, len(b))]
}

// arrived takes n bytes that were read into the space.
func (c *client) arrived(b *frameBuffer, n int) error {
	now := time.Now().UnixNano()
	p := b[:len(c.rest)+n]
	c.bytes.Add(uint64(n))
	c.reads.Add(1)

	for {
		first, payload, size := cutFrame(p)
		if size == 0 {
			break
		}

		if first != 0x81 {
			return fault.Internal("a frame begins with %#x, not as a whole text does", first)
		}

		if err := c.text(payload, now); err != nil {
			return err
		}

		p = p[size:]
	}

	c.rest = append(c.rest[:0], p...)
	if len(c.rest) >= len(b)-readAtOnce {
		return fault.Internal("a frame is larger than %d bytes", len(b)-readAtOnce)
	}

	return nil
}

// cutFrame returns the first frame of p and its size; 0 if p has no whole frame.
func cutFrame(p []byte) (first byte, payload []byte, size int) {
	if len(p) < 2 {
		return 0, nil, 0
	}

	n, head := int(p[1]), 2
	switch n {
	case 126:
		head = 4
	case 127:
		head = 10
	default:
	}

	if len(p) < head {
		return 0, nil, 0
	}

	if head > 2 {
		n = 0
		for _, b := range p[2:head] {
			n = n<<8 | int(b)
		}
	}

	if len(p)-head < n {
		return 0, nil, 0
	}

	return p[0], p[head : head+n], head + n
}

// text takes a message.
func (c *client) text(p []byte, now int64) error {
	upto, ok := uptoOf(p)
	if !ok {
		return c.other(p)
	}

	before := c.upto.Load()
	n := uint64(bytes.Count(p, []byte{mark}))
	if upto != before+n {
		return fault.Internal("%d events came and go up to %d, after %d", n, upto, before)
	}

	if c.crowd.order.Samples {
		c.sample(p, before, now)
	}

	c.events.Add(n)
	c.upto.Store(upto)

	return nil
}

// sample keeps the latencies of the events of a message.
func (c *client) sample(p []byte, version uint64, now int64) {
	for {
		i := bytes.IndexByte(p, mark)
		if i < 0 || len(p) < i+1+stampDigits {
			return
		}

		sent := int64(0)
		for _, digit := range p[i+1 : i+1+stampDigits] {
			sent = sent*10 + int64(digit-'0')
		}

		version++
		c.samples = append(c.samples, sample{version, sent, time.Duration(now - sent)})
		p = p[i+1+stampDigits:]
	}
}

// uptoOf returns the end of a push of events: ..."upto":17}].
func uptoOf(p []byte) (upto uint64, ok bool) {
	p, ok = bytes.CutSuffix(p, []byte("}]"))
	if !ok {
		return 0, false
	}

	i := bytes.LastIndexByte(p, ':')
	if i < 0 || !bytes.HasSuffix(p[:i], []byte(`"upto"`)) {
		return 0, false
	}

	upto, err := strconv.ParseUint(string(p[i+1:]), 10, 64)

	return upto, err == nil
}

// other takes a message that brings no events.
func (c *client) other(p []byte) error {
	said := func(text string) bool { return bytes.Contains(p, []byte(text)) }

	switch {
	case said(`"phx_close"`) && c.crowd.leaving.Load():
		return errLeft
	case said(`"phx_reply",{"status":"ok"`):
		if !c.joined {
			c.joined = true
			c.crowd.joined <- struct{}{}
		}

		return nil
	case said(`"presence_`):
		return nil
	default:
		return fault.Internal("the server said %.300s", p)
	}
}
