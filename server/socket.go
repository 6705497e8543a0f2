package server

import (
	"errors"
	"net/http"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server/internal/session"
	"github.com/recountdev/recount/server/internal/websocket"
)

// socket is one client's connection with its conversation.
//
// One goroutine reads; it alone lives as long as the connection. What is due is
// sent by the server's senders, one write at a time, so that what becomes due
// before a write, or during the one before it, goes out together.
type socket struct {
	server  *Server
	conn    *websocket.Conn
	session *session.Session
	state   atomic.Int32
}

// What a socket has to do with the senders.
const (
	socketIdle  int32 = iota
	socketDue         // it has its turn soon, or just now
	socketAgain       // there is more since it had its turn
)

// phoenixProtocol is the subprotocol that carries a token.
const phoenixProtocol = "phoenix"

// upgrade answers the handshake of a socket.
func (s *Server) upgrade(w http.ResponseWriter, r *http.Request) error {
	if vsn := r.URL.Query().Get("vsn"); vsn != "2.0.0" {
		return fault.Invalid("vsn %.20q is not spoken here: connect with ?vsn=2.0.0, the protocol of Phoenix 1.4 and later", vsn)
	}

	if s.draining.Err() != nil {
		return fault.Unavailable("the server goes away: connect again")
	}

	caller, err := s.auth.Request(r, auth.TokenOf(r))
	if err != nil {
		return s.turnAway(w, r, err)
	}

	conn, err := s.upgrader.Upgrade(w, r, chooseProtocol)
	if err != nil {
		return err
	}

	socket := &socket{server: s, conn: conn}
	socket.session = s.house.New(caller, socket.schedule)
	s.mu.Lock()
	s.sockets[socket] = struct{}{}
	s.mu.Unlock()
	s.metrics.connectionOpened(connectionSocket)

	go socket.run()

	if s.draining.Err() != nil { // it began meanwhile, and may have missed this one
		conn.Close(closeGoingAway, "the server goes away")
	}

	return nil
}

// turnAway answers a handshake of somebody who is not let in. A page cannot see
// the status of a handshake, so it is told by the code of a socket that is closed
// at once.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, why error) error {
	var code int

	switch fault.Of(why) {
	case fault.CodeUnauthenticated:
		code = websocket.CodeUnauthenticated
	case fault.CodeForbidden:
		code = websocket.CodeForbidden
	default:
		return why
	}

	conn, err := s.upgrader.Upgrade(w, r, chooseProtocol)
	if err != nil {
		return err
	}

	s.metrics.refused(fault.Of(why))
	conn.Close(code, why.Error())

	go func() { _ = conn.Serve(func([]byte) error { return nil }) }() // until the client has gone, a second at most

	return nil
}

// chooseProtocol accepts the subprotocol that carries a token.
func chooseProtocol(offered []string) string {
	if slices.Contains(offered, phoenixProtocol) {
		return phoenixProtocol
	}

	return ""
}

// run reads until the connection ends.
func (c *socket) run() {
	_ = c.conn.Serve(c.receive) // it has been closed, for whatever reason
	c.finish()
}

// finish ends the conversation.
func (c *socket) finish() {
	c.session.Close()

	s := c.server
	s.metrics.connectionClosed(connectionSocket)
	s.mu.Lock()
	defer s.mu.Unlock()

	delete(s.sockets, c)
	if len(s.sockets) == 0 && s.idle != nil {
		close(s.idle)
		s.idle = nil
	}
}

// receive takes a message from the client. A panic, of a guard perhaps, costs
// this connection and no other.
func (c *socket) receive(text []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Internal("panic: %v", p)
			c.server.logger.Error("a socket's message made the server panic", "error", err, "stack", string(debug.Stack()))
		}
	}()

	err = c.session.Receive(c.server.serving, text)
	if end, ok := errors.AsType[*session.CloseError](err); ok {
		return &websocket.CloseError{Code: end.Code, Reason: end.Reason}
	}

	return err
}

// schedule sees to it that what is due is sent.
func (c *socket) schedule() {
	for {
		switch c.state.Load() {
		case socketIdle:
			if c.state.CompareAndSwap(socketIdle, socketDue) {
				c.server.senders.add(c)

				return
			}
		case socketDue:
			if c.state.CompareAndSwap(socketDue, socketAgain) {
				return
			}
		default:
			return
		}
	}
}

// send sends what is due now and is in memory, in one write. What waits, for the
// client to take more or for the log to be read, goes on in a goroutine of its
// own, so that no sender waits.
func (c *socket) send() {
	c.state.Store(socketDue)

	b := c.conn.Batch()
	g := c.session.Gather(c.server.serving, b, false)

	done, err := c.conn.TryWrite(b)

	switch {
	case err != nil:
		c.session.Close() // nothing can be sent any more; who reads finds out, too
	case !done:
		go c.goOn(b, g)
	case g.Behind:
		c.observe(g)

		go c.catchUp()
	default:
		c.sent(g)
	}
}

// goOn sends the rest of a batch to a client that takes its time.
func (c *socket) goOn(b *websocket.Batch, g session.Gathered) {
	if err := c.conn.Write(c.server.serving, b); err != nil {
		c.session.Close()

		return
	}

	if g.Behind {
		c.observe(g)
		c.catchUp()

		return
	}

	c.sent(g)
}

// catchUp sends what is due, and reads the log for it, until nothing is.
func (c *socket) catchUp() {
	for {
		c.state.Store(socketDue)

		b := c.conn.Batch()
		g := c.session.Gather(c.server.serving, b, true)
		if err := c.conn.Write(c.server.serving, b); err != nil {
			c.session.Close()

			return
		}

		if !g.More {
			c.sent(g)

			return
		}

		c.observe(g)
	}
}

// sent ends a turn, and asks for another if there is more.
func (c *socket) sent(g session.Gathered) {
	c.observe(g)

	if g.More || !c.state.CompareAndSwap(socketDue, socketIdle) {
		c.server.senders.add(c)
	}
}

// observe tells the metrics how late live events are.
func (c *socket) observe(g session.Gathered) {
	if g.Events > 0 {
		c.server.metrics.delivered(time.Since(g.Latest))
	}
}
