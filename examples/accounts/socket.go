package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

const (
	mostFrame = 1 << 10          // bytes that a client may send in a message
	mostAhead = 64               // events that are read from the log at once
	stall     = 30 * time.Second // for one write
	farewell  = time.Second      // for a client to go
)

// socket is a cursor in a stream, and a connection.
type socket struct {
	conn   net.Conn
	log    store.Log
	stream event.Stream
	poke   func(ctx context.Context, recipient string) error

	news    chan struct{} // has a token while there may be something to send
	leaving chan struct{} // closed when the program ends

	mu     sync.Mutex // of all that is written
	paused bool
	ended  bool
}

// run serves the socket until either side ends it.
func (s *socket) run(ctx context.Context, received io.Reader, after event.Version) {
	ctx, cancel := context.WithCancel(ctx)

	var following sync.WaitGroup
	following.Go(func() {
		defer cancel()
		s.end(s.follow(ctx, after))
	})

	s.end(s.listen(ctx, received))
	cancel()
	following.Wait()
	_ = s.conn.Close()
}

// follow sends the events after a version, and waits for more.
func (s *socket) follow(ctx context.Context, after event.Version) error {
	for {
		sent, err := s.some(ctx, after)
		if err != nil {
			return err
		}

		after += sent
		if sent == mostAhead {
			s.wake() // there may be more
		}

		select {
		case <-s.leaving:
			return errLeaving
		case <-ctx.Done():
			return nil
		case <-s.news:
		}
	}
}

// some sends the next events, unless the client wants a pause, and returns how
// many. It reads all before it writes any, because a write may take long.
func (s *socket) some(ctx context.Context, after event.Version) (event.Version, error) {
	next := make([]event.Event, 0, mostAhead)
	for e, err := range s.log.Read(ctx, s.stream, store.Range{From: after + 1, Limit: mostAhead}) {
		if err != nil {
			return 0, err
		}

		next = append(next, e)
	}

	for i := range next {
		if sent, err := s.send(&next[i]); err != nil || !sent {
			return event.Version(i), err
		}
	}

	return event.Version(len(next)), nil
}

// send sends an event, and reports whether it did.
func (s *socket) send(e *event.Event) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.paused {
		return false, nil
	}

	return true, s.writeJSON(struct {
		ID      event.ID        `json:"id"`
		Type    string          `json:"type"`
		Payload json.RawMessage `json:"payload"`
		Version event.Version   `json:"version"`
	}{e.ID, e.Type, e.Data, e.Version})
}

// listen does what the client says, until it says no more.
func (s *socket) listen(ctx context.Context, received io.Reader) error {
	control := wsutil.ControlFrameHandler(s, ws.StateServerSide)
	reader := &wsutil.Reader{
		Source: received, State: ws.StateServerSide, CheckUTF8: true,
		MaxFrameSize: mostFrame, MaxMessageSize: mostFrame, OnIntermediate: control,
	}

	for {
		header, err := reader.NextFrame()
		if err != nil {
			return err
		}

		if header.OpCode.IsControl() {
			if err := control(header, reader); err != nil {
				return err
			}

			continue
		}

		text, err := io.ReadAll(reader)
		if err == nil {
			err = s.do(ctx, string(text))
		}

		if err != nil {
			return err
		}
	}
}

// do does what a message says.
func (s *socket) do(ctx context.Context, message string) error {
	var err error
	if recipient, is := strings.CutPrefix(message, "event:"); is {
		err = s.poke(ctx, recipient) // which may take its time
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	switch {
	case err != nil:
		return s.writeJSON(failureOf(err))
	case strings.HasPrefix(message, "event:"):
		return nil
	case message == "ping":
		return s.write(ws.NewTextFrame([]byte("pong")))
	case message == "pause", message == "resume":
		s.paused = message == "pause"
		s.wake()

		return nil
	default:
		return s.writeJSON(failureOf(fault.Invalid("%.40q is not understood: send ping, pause, resume or event:1", message)))
	}
}

// wake says that there may be something to send.
func (s *socket) wake() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// leave ends the socket soon, because the program ends.
func (s *socket) leave() {
	close(s.leaving)
	time.AfterFunc(farewell, func() { _ = s.conn.Close() }) // should a write not end
}

// end says goodbye to the client, who then has a second to go.
func (s *socket) end(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if why == nil {
		return
	}

	code := ws.StatusProtocolError
	if errors.Is(why, errLeaving) {
		code = ws.StatusGoingAway
	}

	if _, closed := errors.AsType[wsutil.ClosedError](why); !closed { // which was answered
		_ = s.write(ws.NewCloseFrame(ws.NewCloseFrameBody(code, "")))
	}

	_ = s.conn.SetReadDeadline(time.Now().Add(farewell))
	s.ended = true
}

// Write writes the answer to a control frame.
func (s *socket) Write(frame []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	return len(frame), s.writeBytes(frame)
}

func (s *socket) writeJSON(value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}

	return s.write(ws.NewTextFrame(text))
}

func (s *socket) write(f ws.Frame) error { return s.writeBytes(ws.MustCompileFrame(f)) }

// writeBytes writes unless goodbye was said. The caller holds mu.
func (s *socket) writeBytes(frame []byte) error {
	if s.ended {
		return net.ErrClosed
	}

	_ = s.conn.SetWriteDeadline(time.Now().Add(stall))
	_, err := s.conn.Write(frame)
	s.ended = err != nil

	return err
}
