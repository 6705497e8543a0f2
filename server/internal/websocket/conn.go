package websocket

import (
	"net"
	"sync"
	"syscall"
	"time"
)

// Conn is one client's connection. Serve reads it; all other methods are safe
// for concurrent use.
type Conn struct {
	upgrader *Upgrader
	conn     net.Conn
	protocol string
	deflate  bool
	whole    bool            // a write that did not end in time may go on with the rest
	raw      syscall.RawConn // what TryWrite writes to; nil if it cannot

	// Only Serve's goroutines use these.
	early []byte    // what came with the handshake
	first time.Time // until when the first message must be there; then zero
	ahead [56]byte  // what woke Serve; enough for a heartbeat

	writing sync.Mutex // held while bytes go out
	looks   time.Time  // the deadline of writes, for whoever holds it

	mu       sync.Mutex
	pong     []byte      // a frame that is due; a newer one takes its place
	farewell []byte      // the close frame, until it is out
	end      *CloseError // how the connection ends; the first one counts
	backstop *time.Timer // cuts the connection if the client does not answer
}

// Conn returns a connection on which the handshake is over: for tests, and for
// transports that are no HTTP server. It offers no compression.
func (u *Upgrader) Conn(conn net.Conn) *Conn { return u.conn(conn, nil, "", false) }

// conn returns a connection. early is what came with the handshake.
func (u *Upgrader) conn(conn net.Conn, early []byte, protocol string, deflate bool) *Conn {
	c := &Conn{upgrader: u, conn: conn, early: early, protocol: protocol, deflate: deflate}
	c.first = time.Now().Add(u.options.FirstFrame)

	switch conn := conn.(type) {
	case *net.TCPConn:
		c.whole, c.raw = true, rawOf(conn)
	case *net.UnixConn:
		c.whole, c.raw = true, rawOf(conn)
	default: // a TLS connection cannot go on after a deadline
	}

	return c
}

// Protocol returns the subprotocol that was agreed on; "" is none.
func (c *Conn) Protocol() string { return c.protocol }

// Compressed reports whether permessage-deflate was agreed on.
func (c *Conn) Compressed() bool { return c.deflate }

// RemoteAddr returns the client's address.
func (c *Conn) RemoteAddr() net.Addr { return c.conn.RemoteAddr() }

// Serve reads until the connection ends, and hands each text message to
// handle, one after the other. It answers pings and the close frame. The bytes
// of a message belong to the connection: they are valid until handle returns.
//
// Serve returns when the socket is closed, always with a *CloseError. An error
// of handle ends the connection: with the code and reason of a *CloseError in
// its chain, else with CodeInternal and without a reason.
//
// Call it once, near the top of a goroutine of its own: handle runs in another
// one, so that the stack of the one that waits stays small. A panic in handle
// ends the program, as in any goroutine.
func (c *Conn) Serve(handle func(text []byte) error) error {
	for {
		n, err := c.wait()
		if c.work(n, err, handle) {
			return c.finish()
		}
	}
}

// wait waits until something comes, or until the client was silent too long.
func (c *Conn) wait() (int, error) {
	until := c.first
	if until.IsZero() {
		until = time.Now().Add(c.upgrader.options.ReadTimeout)
	}

	if err := c.conn.SetReadDeadline(until); err != nil {
		return 0, err
	}

	return c.read(c.ahead[:])
}

// read reads what came with the handshake, then from the network.
func (c *Conn) read(p []byte) (int, error) {
	if len(c.early) == 0 {
		return c.conn.Read(p)
	}

	n := copy(p, c.early)
	if c.early = c.early[n:]; len(c.early) == 0 {
		c.early = nil
	}

	return n, nil
}

// work lets a reader take what is there. It reports whether the connection is
// over.
func (c *Conn) work(n int, err error, handle func([]byte) error) bool {
	r := c.upgrader.reader()
	r.start(c, n, err, handle)

	go r.run()
	<-r.done

	over := r.over
	c.upgrader.rest(r)

	return over
}

// finish closes the socket, after the write that is going on and the close
// frame.
func (c *Conn) finish() error {
	c.writing.Lock()
	c.writeControl()
	c.writing.Unlock()
	c.conn.Close() // TLS says goodbye; the backstop watches

	c.cut(&CloseError{Code: CodeCut, Remote: true})

	return c.ended()
}

// Close ends the connection: it sends a close frame and gives the client
// CloseTimeout to answer; then the socket is closed and Serve returns. A write
// that is going on is finished first, within that time. Close does not wait for
// all that, at most for room for the frame. Only the first call does anything.
// It may be called from within handle.
//
// A reason has at most 123 bytes, the rest is cut off. A code that RFC 6455
// does not let a server send becomes CodeInternal without a reason.
func (c *Conn) Close(code int, reason string) {
	if !mayBeSent(code) {
		code, reason = CodeInternal, ""
	}

	c.close(&CloseError{Code: code, Reason: reason})
}

// close begins the end of the connection, unless it has begun.
func (c *Conn) close(end *CloseError) {
	c.mu.Lock()

	if c.end == nil {
		c.end = end
		c.farewell = closeFrame(end)
		c.backstop = time.AfterFunc(c.upgrader.options.CloseTimeout, c.drop)
	}

	c.mu.Unlock()
	c.flush()
}

// Abort closes the socket at once, without a close frame. Serve returns.
func (c *Conn) Abort() { c.cut(&CloseError{Code: CodeCut}) }

// cut closes the socket. If the connection's end was begun before, it stays
// what it was.
func (c *Conn) cut(end *CloseError) {
	c.mu.Lock()

	if c.end == nil {
		c.end = end
	}

	c.pong, c.farewell = nil, nil

	if c.backstop != nil {
		c.backstop.Stop()
	}

	c.mu.Unlock()
	c.drop()
}

// drop closes the socket, without what TLS would say first: that could wait
// for a client that takes nothing. What was not delivered is lost.
func (c *Conn) drop() {
	conn := c.conn
	if secured, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secured.NetConn()
	}

	conn.Close()
}

// ended returns how the connection ends, or nil while it lives.
func (c *Conn) ended() *CloseError {
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.end
}
