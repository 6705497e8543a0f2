package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

const patience = time.Minute

// client is a WebSocket client.
type client struct {
	tb     testing.TB
	conn   net.Conn
	source io.Reader
}

// news is an event as a client gets it.
type news struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
	Version int             `json:"version"`
}

// dial connects to /ws/{place}.
func (p *program) dial(place string) *client {
	p.t.Helper()

	conn, early, _, err := ws.Dial(p.t.Context(), "ws"+strings.TrimPrefix(p.url, "http")+"/ws/"+place)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = conn.Close() })

	return newClient(p.t, conn, early)
}

func newClient(tb testing.TB, conn net.Conn, early *bufio.Reader) *client {
	tb.Helper()

	c := &client{tb: tb, conn: conn, source: conn}
	if early != nil { // what came with the answer
		c.source = io.MultiReader(io.LimitReader(early, int64(early.Buffered())), conn)
	}

	return c
}

func (c *client) send(texts ...string) {
	c.tb.Helper()

	for _, text := range texts {
		if err := wsutil.WriteClientText(c.conn, []byte(text)); err != nil {
			c.tb.Error(err)
		}
	}
}

// read returns the next message, or why there is none.
func (c *client) read() (string, error) {
	if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}

	header, err := ws.ReadHeader(c.source)
	if err != nil {
		return "", err
	}

	payload := make([]byte, header.Length)
	if _, err := io.ReadFull(c.source, payload); err != nil {
		return "", err
	}

	if header.OpCode == ws.OpClose {
		code, _ := ws.ParseCloseFrameData(payload)

		return "", wsutil.ClosedError{Code: code}
	}

	return string(payload), nil
}

func (c *client) text() string {
	c.tb.Helper()

	text, err := c.read()
	if err != nil {
		c.tb.Fatal(err)
	}

	return text
}

// wants reads a message that contains a text.
func (c *client) wants(text string) {
	c.tb.Helper()

	if got := c.text(); !strings.Contains(got, text) {
		c.tb.Errorf("got %s, want %s", got, text)
	}
}

// event reads an event, which must have a version.
func (c *client) event(version int) news {
	c.tb.Helper()

	var e news
	if text := c.text(); json.Unmarshal([]byte(text), &e) != nil || e.Version != version || e.Type == "" || e.ID == "" {
		c.tb.Fatalf("got %s, want version %d", text, version)
	}

	return e
}

// closed reads until the server closes, and returns with which code.
func (c *client) closed() ws.StatusCode {
	c.tb.Helper()

	for {
		if _, err := c.read(); err != nil {
			if closed, ok := errors.AsType[wsutil.ClosedError](err); ok {
				return closed.Code
			}

			c.tb.Fatalf("it was not closed, but: %v", err)
		}
	}
}

func TestSocket(t *testing.T) {
	t.Parallel()

	p := start(t, "-store", "memory:")
	p.register("ada@example.com")
	p.register("bob@example.com")

	ada := p.dial("1")
	if e := ada.event(1); e.Type != "registered" || string(e.Payload) != `{"email":"ada@example.com"}` {
		t.Errorf("got %+v", e)
	}

	ada.send("ping")
	ada.wants("pong")

	bob := p.dial("2?since=1")
	ada.send("event:2")
	first := bob.event(2)
	if first.Type != "poked" || string(first.Payload) != `{"by":1}` {
		t.Errorf("got %+v", first)
	}

	bob.send("event:2")
	second := bob.event(3)

	for place, version := range map[string]int{"2": 1, "2?since=": 1, "2?since=0": 1, "2?since=2": 3, "2?since=" + first.ID: 3} {
		p.dial(place).event(version)
	}

	late := p.dial("2?since=" + second.ID)
	ada.send("event:2")
	late.event(4)
	bob.event(4)

	ada.send("event:3")
	ada.wants(`{"error":"not_found","message":"there is no account 3"}`)
	ada.send("event:bob", "event:", "dance", "")
	ada.wants(`"error":"not_found"`)
	ada.wants(`"error":"not_found"`)
	ada.wants(`"error":"invalid","message":"\"dance\" is not understood`)
	ada.wants(`"error":"invalid"`)

	if status, text := p.ask(http.MethodGet, "/ws/2?since="+ada.idOf(p), ""); status != http.StatusUnprocessableEntity {
		t.Errorf("the ID of another account's event: got %d %s", status, text)
	}
}

// idOf returns the ID of the first event of account 1.
func (*client) idOf(p *program) string { return p.dial("1").event(1).ID }

// TestPause shows that nothing comes in a pause, and nothing is lost by it.
func TestPause(t *testing.T) {
	t.Parallel()

	p := start(t, "-store", "memory:")
	p.register("ada@example.com")
	ada, other := p.dial("1"), p.dial("1")
	ada.event(1)
	other.event(1)

	ada.send("pause", "ping")
	ada.wants("pong")

	for version := 2; version < 200; version++ {
		other.send("event:1")
		other.event(version)
	}

	ada.send("ping")
	ada.wants("pong") // and no event before it
	ada.send("resume")

	for version := 2; version < 200; version++ {
		ada.event(version)
	}

	other.send("event:1")
	ada.event(200)
}

// TestHistoryToLive lets sockets come while others write.
func TestHistoryToLive(t *testing.T) {
	t.Parallel()

	const writers, each, readers = 4, 100, 12

	p := start(t, "-store", "memory:")
	p.register("ada@example.com")

	var wg sync.WaitGroup
	for i := range readers {
		wg.Go(func() {
			begin := i * 10
			watch := p.dial("1")
			for version := 1; version <= writers*each+1; version++ {
				watch.event(version)
				if version == begin { // and another from there
					from := p.dial(fmt.Sprintf("1?since=%d", begin))
					wg.Go(func() {
						for version := begin + 1; version <= writers*each+1; version++ {
							from.event(version)
						}
					})
				}
			}
		})
	}

	for range writers {
		wg.Go(func() {
			writer := p.dial("1?since=1")
			for range each {
				writer.send("event:1")
			}

			for version := 2; version <= writers*each+1; version++ {
				writer.event(version)
			}
		})
	}

	wg.Wait()
}

func TestBadFrames(t *testing.T) {
	t.Parallel()

	p := start(t, "-store", "memory:")
	p.register("ada@example.com")

	for name, frame := range map[string]ws.Frame{
		"too long":     ws.MaskFrame(ws.NewTextFrame(make([]byte, mostFrame+1))),
		"not masked":   ws.NewTextFrame([]byte("ping")),
		"no UTF-8":     ws.MaskFrame(ws.NewTextFrame([]byte("\xff"))),
		"continuation": ws.MaskFrame(ws.NewFrame(ws.OpContinuation, true, nil)),
	} {
		c := p.dial("1")
		if err := ws.WriteFrame(c.conn, frame); err != nil {
			t.Fatal(err)
		}

		if code := c.closed(); code != ws.StatusProtocolError {
			t.Errorf("%s: closed with %d", name, code)
		}
	}

	c := p.dial("1?since=1")
	for _, frame := range []ws.Frame{ // a ping between the halves of a message
		ws.MaskFrame(ws.NewFrame(ws.OpText, false, []byte("pi"))),
		ws.MaskFrame(ws.NewPingFrame([]byte("hello"))),
		ws.MaskFrame(ws.NewFrame(ws.OpContinuation, true, []byte("ng"))),
		ws.MaskFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(ws.StatusNormalClosure, ""))),
	} {
		if err := ws.WriteFrame(c.conn, frame); err != nil {
			t.Fatal(err)
		}
	}

	c.wants("hello")
	c.wants("pong")

	if code := c.closed(); code != ws.StatusNormalClosure {
		t.Errorf("closed with %d", code)
	}
}

// TestLeave shows that the program takes leave of its sockets, and waits long for
// none.
func TestLeave(t *testing.T) {
	t.Parallel()

	p := start(t, "-store", "memory:")
	p.register("ada@example.com")
	ada, deaf := p.dial("1"), p.dial("1")
	ada.event(1)

	began := time.Now()
	p.stop()

	if took := time.Since(began); took > goodbye {
		t.Errorf("it took %v", took)
	}

	for _, c := range []*client{ada, deaf} {
		if code := c.closed(); code != ws.StatusGoingAway {
			t.Errorf("closed with %d", code)
		}
	}
}
