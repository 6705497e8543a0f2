package jitter_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// TestStalledClients lets 200 clients stop reading while 16 MiB of events come.
// They cost the server little memory, others get everything meanwhile, and they
// have everything when they read again.
func TestStalledClients(t *testing.T) {
	t.Parallel()

	const (
		stalled = 200
		events  = 1000
		size    = 16 << 10
		each    = 512 << 10 // bytes of memory that a stalled client may cost, garbage included
	)

	r := newRun(t, 5)
	text := strings.Repeat("x", size)
	burst := func() int {
		before := r.server.private(t)
		for range events / 20 {
			event := fmt.Sprintf(`{"type":"said","data":%q}`, text)
			if err := r.post(room(0), "["+strings.Repeat(event+",", 19)+event+"]"); err != nil {
				t.Fatal(err)
			}
		}

		r.heads[0] += events
		r.watchAll()

		return r.server.private(t) - before
	}

	burst() // fills the caches of the server
	without := burst()

	conns := make([]net.Conn, 0, stalled)
	for range stalled {
		conns = append(conns, r.stall())
	}

	with := burst()
	t.Logf("16 MiB of events: %d KiB more memory without stalled clients, %d KiB more with %d of them", without>>10, with>>10, stalled)

	if more := with - without; more > stalled*each {
		t.Errorf("%d stalled clients cost %d KiB, want at most %d", stalled, more>>10, stalled*each>>10)
	}

	var reading sync.WaitGroup
	for _, conn := range conns[:10] { // reading it all 200 times takes long
		reading.Go(func() {
			c := &client{room: room(0)}
			c.version.Store(2 * events)
			c.read(conn, func() bool { return c.version.Load() < 3*events })

			if problem := c.problem.Load(); problem != nil || c.version.Load() != 3*events {
				t.Errorf("a client that reads again ends at version %d, want %d: %v", c.version.Load(), 3*events, problem)
			}
		})
	}

	reading.Wait()
}

// watchAll lets the run's clients read all there is, over connections of their
// own.
func (r *run) watchAll() {
	r.t.Helper()

	var reading sync.WaitGroup
	for _, c := range r.clients {
		reading.Go(func() {
			more := func() bool { return c.version.Load() < r.heads[0] && c.problem.Load() == nil }
			for more() {
				conn, err := c.connect(r.t.Context())
				if err != nil {
					c.failf("connect: %v", err)

					return
				}

				if c.join(conn) {
					c.read(conn, more) // silent for a minute, it is cut off
				}

				_ = conn.Close()
			}
		})
	}

	reading.Wait()

	for i, c := range r.clients {
		if problem := c.problem.Load(); problem != nil || c.version.Load() != r.heads[0] {
			r.t.Fatalf("client %d ends at version %d, want %d: %v", i, c.version.Load(), r.heads[0], problem)
		}
	}
}

// stall returns a connection that has joined the room at its end, and reads
// nothing more than the answer.
func (r *run) stall() net.Conn {
	r.t.Helper()

	c := &client{room: room(0), address: r.server.address}
	c.version.Store(r.heads[0])

	conn, err := c.connect(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}

	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(64 << 10)
	}

	r.t.Cleanup(func() { _ = conn.Close() })

	if !c.join(conn) {
		r.t.Fatal("cannot join")
	}

	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		r.t.Fatal(err)
	}

	header, err := ws.ReadHeader(conn)
	if err != nil {
		r.t.Fatal(err)
	}

	if _, err := io.CopyN(io.Discard, conn, header.Length); err != nil {
		r.t.Fatal(err)
	}

	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		r.t.Fatal(err)
	}

	return conn
}

// join asks to join the room; false if the connection is cut.
func (c *client) join(conn net.Conn) bool {
	join := fmt.Sprintf(`["1","1",%q,"phx_join",{"since":%d,"epoch":%q,"presence":{}}]`, c.room, c.version.Load(), c.epoch)
	c.joins++

	return ws.WriteFrame(conn, ws.MaskFrame(ws.NewTextFrame([]byte(join)))) == nil
}

// read takes what comes, as long as more says so and the connection lasts.
func (c *client) read(conn net.Conn, more func() bool) {
	reader := bufio.NewReaderSize(conn, 4<<10)

	var text []byte
	for more() {
		header, err := ws.ReadHeader(reader)
		if err != nil {
			return
		}

		if int64(cap(text)) < header.Length {
			text = make([]byte, header.Length)
		}

		text = text[:header.Length]
		if _, err := io.ReadFull(reader, text); err != nil {
			return
		}

		if header.OpCode == ws.OpClose {
			return
		}

		if header.OpCode == ws.OpText && !c.take(text) {
			return
		}
	}
}
