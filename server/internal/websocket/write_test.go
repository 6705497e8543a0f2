package websocket_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recountdev/recount/internal/payload"
	"github.com/recountdev/recount/server/internal/websocket"
)

// counted counts the calls that write to a connection.
type counted struct {
	net.Conn

	lengths []int
}

// Write writes and counts.
func (c *counted) Write(p []byte) (int, error) {
	c.lengths = append(c.lengths, len(p))

	return c.Conn.Write(p)
}

// TestOneWrite shows that what is gathered goes out in one write.
func TestOneWrite(t *testing.T) {
	t.Parallel()

	near, far := net.Pipe()
	calls := &counted{Conn: near}
	c := newUpgrader(t, websocket.Options{}).Conn(calls)
	p := newPeer(t, far)
	b := c.Batch()

	for i := range 100 {
		b.Text(fmt.Appendf(nil, "[%d,", i), payload.New([]byte("payload")), []byte("]"))
	}

	if b.Len() != 10*13+90*14 {
		t.Errorf("the batch has %d bytes", b.Len())
	}

	wrote := make(chan error, 1)

	go func() { wrote <- c.Write(context.Background(), b) }()

	for i := range 100 {
		p.expect(fin|text, fmt.Sprintf("[%d,payload]", i))
	}

	if err := <-wrote; err != nil {
		t.Fatal(err)
	}

	if len(calls.lengths) != 1 {
		t.Errorf("calls of Write: %v", calls.lengths)
	}

	// Nothing is nothing.
	if err := c.Write(t.Context(), c.Batch()); err != nil || len(calls.lengths) != 1 {
		t.Errorf("an empty batch: %v, calls %v", err, calls.lengths)
	}

	c.Batch().Release()
	c.Abort()
}

// sizes are lengths around every limit of frames, copies and buffers.
var sizes = []int{0, 1, 125, 126, 1000, 1024, 4095, 4096, 4097, 16<<10 - 1, 16 << 10, 1<<16 - 20, 1<<16 - 1, 1 << 16, 1<<16 + 1, 1 << 20}

// TestSizes writes messages of all sizes, alone and together.
func TestSizes(t *testing.T) {
	t.Parallel()

	var messages []string

	for _, n := range sizes {
		messages = append(messages, words(n), strings.Repeat("h", n/8)+words(n)+strings.Repeat("t", n/16))
	}

	orders := [][]int{order(1), order(5), order(7)}
	for i := range messages {
		orders = append(orders, []int{i})
	}

	for name, extra := range map[string]string{"plain": "", "compressed": offer} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			h := newHost(t, websocket.Options{Compress: true, FirstFrame: time.Hour}, echo).started()
			p, c := h.dial(extra)
			wrote := make(chan error, len(orders))

			go func() {
				for _, batch := range orders {
					wrote <- c.Write(context.Background(), gather(c.Batch(), messages, batch))
				}
			}()

			for _, batch := range orders {
				for _, i := range batch {
					if got := p.message(); got != messages[i] {
						t.Fatalf("message %d: got %.50q (%d bytes), want %.50q (%d bytes)", i, got, len(got), messages[i], len(messages[i]))
					}
				}

				if err := <-wrote; err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// gather puts messages into a batch: every other one in three parts.
func gather(b *websocket.Batch, messages []string, batch []int) *websocket.Batch {
	for _, i := range batch {
		m, n := []byte(messages[i]), sizes[i/2]
		if i%2 == 0 {
			b.Message(m)
		} else {
			b.Text(m[:n/8], payload.New(m[n/8:n/8+n]), m[n/8+n:])
		}

		clear(m[:min(i%2*n/8, len(m))]) // the head was copied
	}

	return b
}

// order returns the numbers of all messages, in steps.
func order(step int) []int {
	numbers := make([]int, 2*len(sizes))
	for i := range numbers {
		numbers[i] = i * step % len(numbers)
	}

	return numbers
}

// TestSlowReader writes over TCP to a client that reads nothing for a while: the
// write goes on where it stopped, in the middle of a part.
func TestSlowReader(t *testing.T) {
	t.Parallel()

	h := newHost(t, websocket.Options{}, echo).started()
	p, c := h.dial("")
	large := words(16 << 20)
	wrote := make(chan error, 1)

	go func() {
		b := c.Batch()
		b.Text([]byte("head"), payload.New([]byte(large)), []byte("tail"))
		b.Message([]byte("another"))
		wrote <- c.Write(context.Background(), b)
	}()

	<-time.After(1500 * time.Millisecond)
	p.expect(fin|text, "head"+large+"tail")
	p.expect(fin|text, "another")

	if err := <-wrote; err != nil {
		t.Error(err)
	}
}

// TestCancelInMidWrite cancels a write that is half out, over TCP.
func TestCancelInMidWrite(t *testing.T) {
	t.Parallel()

	h := newHost(t, websocket.Options{}, echo).started()
	p, c := h.dial("")
	ctx, cancel := context.WithCancel(t.Context())

	b := c.Batch()
	b.Text([]byte("x"), payload.New([]byte(words(32<<20))), nil)

	wrote := make(chan error, 1)

	go func() { wrote <- c.Write(ctx, b) }()

	if _, err := p.in.ReadByte(); err != nil {
		t.Fatal(err)
	}

	cancel()

	if end := asClose(t, <-wrote); end.Code != websocket.CodeCut || !errors.Is(end, context.Canceled) {
		t.Errorf("Write returned %v", end)
	}

	_ = h.end()
}

// TestManyWriters writes, pings and closes from everywhere at once: no frame
// may end up within another.
func TestManyWriters(t *testing.T) {
	t.Parallel()

	const writers, each = 8, 50

	h := newHost(t, websocket.Options{Compress: true, CloseTimeout: patience}, echo).started()
	p, c := h.dial("Sec-WebSocket-Extensions: permessage-deflate\r\n")
	shared := payload.New([]byte(words(30_000)))
	mine := words(200)

	var wait sync.WaitGroup

	for range writers {
		wait.Go(func() {
			for range each {
				b := c.Batch()
				b.Message([]byte(mine))
				b.Text([]byte("<"), shared, []byte(">"))

				if err := c.Write(context.Background(), b); err != nil {
					t.Error(err)
				}
			}
		})
	}

	go func() {
		for range 500 {
			if _, err := p.Write([]byte(frame(fin|ping, "still there?"))); err != nil {
				return
			}
		}

		wait.Wait()
		c.Close(1000, "that was all")
	}()

	count := map[string]int{}

	for {
		first, got, err := p.next()
		if err != nil {
			t.Fatal(err)
		}

		switch first &^ deflated {
		case fin | text:
			count[p.inflated(first, got)]++

			continue
		case fin | pong:
			if got != "still there?" {
				t.Fatalf("a pong with %q", got)
			}

			continue
		}

		if first != fin|closing || got[2:] != "that was all" {
			t.Fatalf("frame %#x %q", first, got)
		}

		break
	}

	if count[mine] != writers*each || count["<"+string(shared.Bytes())+">"] != writers*each || len(count) != 2 {
		t.Errorf("%d messages and %d shared ones came", count[mine], count["<"+string(shared.Bytes())+">"])
	}

	p.send(closeFrame(1000, ""))
	p.expectEnd()
}

// TestPingFlood pings without end while a write waits: the pings cost nothing,
// and the newest is answered. No other test runs beside it, because it looks at
// the heap.
func TestPingFlood(t *testing.T) {
	h := newHost(t, websocket.Options{}, echo).started()
	p, c := h.dial("")
	large := payload.New([]byte(words(16 << 20))) // more than the sockets take
	wrote := make(chan error, 1)

	go func() {
		b := c.Batch()
		b.Text(nil, large, nil)
		wrote <- c.Write(context.Background(), b)
	}()

	if _, err := p.in.Peek(1); err != nil { // the write has begun, nobody reads on
		t.Fatal(err)
	}

	before := heap()

	for i := range 100 {
		p.send(strings.Repeat(frame(fin|ping, fmt.Sprintf("%0100d", i)), 1000))
	}

	p.send(frame(fin|ping, "last"))

	// 10 MB of pings were read, but for what the sockets hold.
	if after := heap(); after > before+1<<20 {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}

	p.expect(fin|text, string(large.Bytes()))

	if err := <-wrote; err != nil {
		t.Fatal(err)
	}

	for last := ""; last != "last"; {
		first, got, err := p.next()
		if err != nil || first != fin|pong {
			t.Fatalf("got frame %#x, %v", first, err)
		}

		last = got
	}
}

// heap returns how much memory is in use.
func heap() uint64 {
	runtime.GC()

	var m runtime.MemStats
	runtime.ReadMemStats(&m)

	return m.HeapAlloc
}
