package server_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/server"
	"github.com/recountdev/recount/store"
)

// peer is a client's end of a socket.
type peer struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// greet sends a handshake; welcomed reads the answer.
func greet(t *testing.T, conn net.Conn) *peer {
	t.Helper()

	_, err := io.WriteString(conn, "GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	must(t, err)

	return &peer{t, conn, bufio.NewReader(conn)}
}

// welcomed reads the answer to the handshake, which must have a status.
func (p *peer) welcomed(status int) *peer {
	p.t.Helper()

	response, err := http.ReadResponse(p.in, nil)
	must(p.t, err)
	must(p.t, response.Body.Close()) // leaves the connection alone
	if response.StatusCode != status {
		p.t.Fatalf("the handshake is answered with %s", response.Status)
	}

	return p
}

// dial connects to a house that listens, and sends a handshake.
func (h *house) dial() *peer {
	h.t.Helper()

	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	must(h.t, err)
	h.t.Cleanup(func() { _ = conn.Close() })
	must(h.t, conn.SetDeadline(time.Now().Add(time.Minute)))

	return greet(h.t, conn)
}

// send sends a message; it fails once the connection has ended.
func (p *peer) send(text string) error {
	frame := []byte{0x81, 0x80 | byte(len(text))}
	if len(text) > 125 {
		frame = binary.BigEndian.AppendUint16([]byte{0x81, 0x80 | 126}, uint16(len(text)))
	}

	frame = append(frame, 0, 0, 0, 0) // a mask that changes nothing

	_, err := p.conn.Write(append(frame, text...))

	return err
}

// read returns the next frame.
func (p *peer) read() (opcode byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(p.in, head[:]); err != nil {
		return 0, nil, err
	}

	length := uint64(head[1])

	switch length {
	case 126:
		var long uint16
		err = binary.Read(p.in, binary.BigEndian, &long)
		length = uint64(long)
	case 127:
		err = binary.Read(p.in, binary.BigEndian, &length)
	default:
	}

	if err != nil {
		return 0, nil, err
	}

	payload = make([]byte, length)
	_, err = io.ReadFull(p.in, payload)

	return head[0] & 15, payload, err
}

// until returns the payload of the next message of a name.
func (p *peer) until(name string) string {
	p.t.Helper()

	for {
		opcode, text, err := p.read()
		must(p.t, err)

		var m [5]json.RawMessage
		if err := json.Unmarshal(text, &m); opcode != 1 || err != nil {
			p.t.Fatalf("before %s comes %d %q", name, opcode, text)
		}

		if string(m[3]) == `"`+name+`"` {
			return string(m[4])
		}
	}
}

// ask sends a push on a topic and returns the payload of the answer.
func (p *peer) ask(on, name, data string) string {
	p.t.Helper()
	must(p.t, p.send(fmt.Sprintf(`["1","1",%q,%q,%s]`, on, name, data)))

	return p.until("phx_reply")
}

// join joins a topic, which must go well.
func (p *peer) join(on, data string) {
	p.t.Helper()

	if answer := p.ask(on, "phx_join", data); !strings.Contains(answer, `"ok"`) {
		p.t.Fatalf("join %s: %s", on, answer)
	}
}

// closed returns the code of the close frame, whatever comes before it.
func (p *peer) closed() int {
	p.t.Helper()

	for {
		opcode, payload, err := p.read()
		must(p.t, err)
		if opcode == 8 && len(payload) >= 2 {
			return int(binary.BigEndian.Uint16(payload))
		}
	}
}

// nobodyLeft fails unless all sockets are gone, with all that they had joined.
func nobodyLeft(h *house) {
	h.t.Helper()

	metrics, _ := h.call(h.t.Context(), "/metrics")
	for _, line := range []string{`recount_connections{kind="socket"} 0`, `recount_subscriptions 0`} {
		if !strings.Contains(metrics.Body.String(), "\n"+line+"\n") {
			h.t.Errorf("no line %s", line)
		}
	}

	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()

	if err := h.server.Drain(ctx, 0); err != nil {
		h.t.Errorf("nobody is left, and still: %v", err)
	}
}

// TestClientThatTakesNothing asks for much, reads none of it, and must leave
// nothing behind in the end, although its next question waits for room.
func TestClientThatTakesNothing(t *testing.T) {
	t.Parallel()

	for name, end := range map[string]func(h *house, conn net.Conn){
		"and is cut":     func(_ *house, conn net.Conn) { _ = conn.Close() },
		"and stalls":     func(*house, net.Conn) { <-time.After(31 * time.Second) },
		"and is drained": func(h *house, _ net.Conn) { must(h.t, h.server.Drain(h.t.Context(), 0)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			withPipe(t, func(h *house, conn net.Conn) {
				h.large("a:1", 1)
				p := greet(h.t, conn).welcomed(http.StatusSwitchingProtocols)
				p.join("a:1", `{"since":"now"}`)

				var asking sync.WaitGroup
				asking.Go(func() {
					for p.send(`["1","2","a:1","$read",{"from":1}]`) == nil {
					}
				})
				synctest.Wait() // it is as full as can be

				if n := h.options.Topics.Stats().Subscriptions; n != 1 {
					h.t.Errorf("%d subscriptions, want 1 while it lives", n)
				}

				end(h, conn)
				synctest.Wait()
				nobodyLeft(h)
				_ = conn.Close()
				asking.Wait()
			})
		})
	}
}

// TestResetWithAnswersDue resets the connection of a client that answers wait
// for.
func TestResetWithAnswersDue(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	h.large("a:1", 1)
	p := h.dial().welcomed(http.StatusSwitchingProtocols)
	p.join("a:1", `{"since":"now"}`)

	for range 100 {
		must(t, p.send(`["1","2","a:1","$read",{"from":1}]`))
	}

	p.until("phx_reply") // it has begun

	conn, ok := p.conn.(*net.TCPConn)
	if !ok {
		t.Fatal("no TCP")
	}

	must(t, conn.SetLinger(0))
	must(t, conn.Close())

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	must(t, h.server.Drain(ctx, 0))

	// Its writer may have found out first, and be leaving just now.
	for soon := time.NewTicker(time.Millisecond); h.options.Topics.Stats().Subscriptions > 0; <-soon.C {
		must(t, ctx.Err())
	}
}

// large records events of 100 KiB.
func (h *house) large(stream event.Stream, n int) {
	h.t.Helper()

	data := []byte(`"` + strings.Repeat("x", 100<<10) + `"`)
	for range n {
		_, err := h.log.Append(h.t.Context(), store.Batch{Stream: stream, Drafts: []event.Draft{{Type: "x", Data: data}}})
		must(h.t, err)
	}
}

// coldLog is a log whose streams of the category cold cannot be read for now.
type coldLog struct {
	store.Log

	reading chan struct{} // gets one for every read that hangs
	thawed  chan struct{} // closed when they go on
}

func (l coldLog) Read(ctx context.Context, stream event.Stream, r store.Range) iter.Seq2[event.Event, error] {
	if stream.Category() != "cold" {
		return l.Log.Read(ctx, stream, r)
	}

	return func(yield func(event.Event, error) bool) {
		l.reading <- struct{}{}

		select {
		case <-l.thawed:
			l.Log.Read(ctx, stream, r)(yield)
		case <-ctx.Done():
			yield(event.Event{}, context.Cause(ctx))
		}
	}
}

// TestSlowReadsDelayNobody joins streams whose history cannot be read, more of
// them than there are senders, and then another.
func TestSlowReadsDelayNobody(t *testing.T) {
	t.Parallel()

	n := 4*runtime.GOMAXPROCS(0) + 1
	log := coldLog{reading: make(chan struct{}, n), thawed: make(chan struct{})}
	h := newHouse(t, func(o *server.Options) {
		log.Log = o.Log
		o.Log = log
	})

	clients := make([]*peer, n)
	for i := range clients {
		h.append(event.Stream(fmt.Sprintf("cold:%d", i)), "x", 1)
		clients[i] = h.dial().welcomed(http.StatusSwitchingProtocols)
		clients[i].join(fmt.Sprintf("cold:%d", i), `{}`)
	}

	for range clients {
		<-log.reading
	}

	p := h.dial().welcomed(http.StatusSwitchingProtocols)
	p.ask("phoenix", "heartbeat", `{}`)
	p.join("a:1", `{}`)
	h.append("a:1", "x", 1)
	p.until("events")

	close(log.thawed)

	for _, c := range clients {
		c.until("events")
	}
}
