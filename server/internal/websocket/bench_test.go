package websocket_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"testing"

	"github.com/recountdev/recount/internal/payload"
	"github.com/recountdev/recount/server/internal/websocket"
)

// BenchmarkWrite compares writes of one shared payload with those of a bare
// loop that writes the same bytes to the same kind of socket.
func BenchmarkWrite(b *testing.B) {
	for _, n := range []int{300, 8 << 10, 32 << 10, 256 << 10} {
		text := []byte(words(n))
		shared := payload.New(text)

		b.Run(fmt.Sprintf("bare/%d", n), func(b *testing.B) {
			conn := sink(b)
			frame := append([]byte("\x81\x7e\x00\x00[null,"), append(text, ']')...)

			b.SetBytes(int64(n))
			b.ReportAllocs()

			for b.Loop() {
				if _, err := conn.Write(frame); err != nil {
					b.Fatal(err)
				}
			}
		})

		b.Run(fmt.Sprintf("batch/%d", n), func(b *testing.B) {
			c := newUpgrader(b, websocket.Options{}).Conn(sink(b))
			head, tail := []byte("[null,"), []byte("]")

			b.SetBytes(int64(n))
			b.ReportAllocs()

			for b.Loop() {
				batch := c.Batch()
				batch.Text(head, shared, tail)

				if err := c.Write(context.Background(), batch); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkServe measures how fast messages come in, one at a time and back.
func BenchmarkServe(b *testing.B) {
	for _, n := range []int{40, 300} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			h := newHost(b, websocket.Options{}, echo).started()
			p, _ := h.dial("")
			message := frame(fin|text, words(n))

			b.ReportAllocs()

			for b.Loop() {
				p.send(message)

				if _, _, err := p.next(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// sink returns a connection whose other end reads and forgets.
func sink(tb testing.TB) net.Conn {
	tb.Helper()

	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}

	defer listener.Close()

	far, err := (&net.Dialer{}).DialContext(tb.Context(), "tcp", listener.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}

	near, err := listener.Accept()
	if err != nil {
		tb.Fatal(err)
	}

	tb.Cleanup(func() { near.Close() })

	go func() {
		_, _ = io.Copy(io.Discard, far)
		far.Close()
	}()

	return near
}
