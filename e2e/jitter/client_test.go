package jitter_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

// splitLines yields the lines of a text.
func splitLines(text []byte) iter.Seq[string] { return strings.Lines(string(text)) }

// client watches a room over connections that are cut.
type client struct {
	room    string
	address string
	epoch   string
	version atomic.Uint64 // up to which it has everything
	joins   int
	token   string
	problem atomic.Pointer[string] // the first thing that went wrong
}

// failf notes the first thing that went wrong.
func (c *client) failf(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	c.problem.CompareAndSwap(nil, &text)
}

// run connects again and again until ctx ends. While cutting is open, each
// connection is cut at random, about every so often.
func (c *client) run(ctx context.Context, every time.Duration, cutting <-chan struct{}) {
	for ctx.Err() == nil && c.problem.Load() == nil {
		conn, err := c.connect(ctx)
		if err != nil { // the server is down
			pause(ctx, 20*time.Millisecond+rand.N(80*time.Millisecond))

			continue
		}

		cut := time.AfterFunc(time.Duration(rand.ExpFloat64()*float64(every)), func() { _ = conn.Close() })
		calm := context.AfterFunc(ctx, func() { _ = conn.Close() })

		done := make(chan struct{})
		go func() {
			select {
			case <-cutting: // is over: this connection stays
				cut.Stop()
			case <-done:
			}
		}()

		c.watch(conn)
		close(done)
		cut.Stop()
		calm()
		_ = conn.Close()
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// connect opens a connection that ends without farewell when it is closed.
func (c *client) connect(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()

	dialer := ws.Dialer{ReadBufferSize: 512, WriteBufferSize: 512}
	if c.token != "" {
		dialer.Header = ws.HandshakeHeaderString("Authorization: Bearer " + c.token + "\r\n")
	}

	conn, early, _, err := dialer.Dial(ctx, "ws://"+c.address+"/socket/websocket?vsn=2.0.0")
	if err != nil {
		return nil, err
	}

	if early != nil {
		ws.PutReader(early) // the server says nothing before the join
	}

	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}

	return conn, nil
}

// watch joins the room and takes what comes, until the connection is cut.
func (c *client) watch(conn net.Conn) {
	if c.join(conn) {
		c.read(conn, func() bool { return true })
	}
}

// frame is what the server sends.
type frame struct {
	Epoch    string
	Caller   struct{ Token string }
	Status   string
	Response json.RawMessage
	Upto     uint64
	Events   []struct{ Version uint64 }
}

// take takes a message; false if something is wrong.
func (c *client) take(text []byte) bool {
	var (
		ignored     any
		topic, name string
		payload     json.RawMessage
		elements    = []any{&ignored, &ignored, &topic, &name, &payload}
	)

	if err := json.Unmarshal(text, &elements); err != nil {
		c.failf("%s: %v", text, err)

		return false
	}

	var f frame
	if name == "presence_state" || name == "presence_diff" || name == "presence_count" {
		return true
	}

	if err := json.Unmarshal(payload, &f); err != nil {
		c.failf("%s: %v", text, err)

		return false
	}

	switch name {
	case "phx_reply":
		return c.joined(&f, text)
	case "events":
		return c.took(&f, text)
	default:
		return true // a notice
	}
}

// joined takes the answer to the join.
func (c *client) joined(f *frame, text []byte) bool {
	var reply frame
	if err := json.Unmarshal(f.Response, &reply); err != nil || f.Status != "ok" {
		c.failf("the join was answered %s", text)

		return false
	}

	c.epoch = reply.Epoch
	c.token = reply.Caller.Token

	return true
}

// took takes events: they must be exactly those that come next.
func (c *client) took(f *frame, text []byte) bool {
	version := c.version.Load()
	for _, e := range f.Events {
		if e.Version != version+1 {
			c.failf("after version %d came %.200s", version, text)

			return false
		}

		version++
	}

	if f.Upto != version {
		c.failf("upto is %d after version %d", f.Upto, version)

		return false
	}

	c.version.Store(version)

	return true
}
