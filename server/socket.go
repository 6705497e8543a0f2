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
// sent by a goroutine that begins when there is something and ends when the
// client has it all, so that there is one write at a time, and what becomes due
// during a write goes out together in the next.
type socket struct {
	server  *Server
	conn    *websocket.Conn
	session *session.Session
	state   atomic.Int32
}

// The states of a socket's writer.
const (
	writerIdle  int32 = iota
	writerBusy        // it will look at least once more
	writerAgain       // there is more since it looked
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
		return err
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
		case writerIdle:
			if c.state.CompareAndSwap(writerIdle, writerBusy) {
				go c.flush()

				return
			}
		case writerBusy:
			if c.state.CompareAndSwap(writerBusy, writerAgain) {
				return
			}
		default:
			return
		}
	}
}

// flush sends what is due, until nothing is.
func (c *socket) flush() {
	for {
		c.state.Store(writerBusy)

		more, err := c.send()
		if err != nil {
			return // and stays busy: nothing is sent any more
		}

		if !more && c.state.CompareAndSwap(writerBusy, writerIdle) {
			return
		}
	}
}

// send sends what is due now, in one write.
func (c *socket) send() (more bool, err error) {
	b := c.conn.Batch()

	g := c.session.Gather(c.server.serving, b)
	if b.Len() == 0 {
		b.Release()

		return g.More, nil
	}

	if err := c.conn.Write(c.server.serving, b); err != nil {
		return false, err
	}

	if g.Events > 0 {
		c.server.metrics.delivered(time.Since(g.Latest))
	}

	return g.More, nil
}
