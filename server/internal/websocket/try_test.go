package websocket_test

import (
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/internal/payload"
	"github.com/recountdev/recount/server/internal/websocket"
)

// TestTryWriteNeverWaits sends to a client that takes nothing until the client's
// room is full, then lets Write send the rest, and reads it all.
func TestTryWriteNeverWaits(t *testing.T) {
	t.Parallel()

	for _, size := range []int{10, 5_000, 20_000, 300_000} {
		h := newHost(t, websocket.Options{}, echo).started()
		p, conn := h.dial("")
		shared := payload.New([]byte(strings.Repeat("x", size)))

		sent, waited := 0, make(chan error, 1)
		for done := true; done; sent++ {
			b := conn.Batch()
			for range 3 {
				b.Text([]byte("<"), shared, []byte(">"))
			}

			var err error
			if done, err = conn.TryWrite(b); err != nil {
				t.Fatal(err)
			}

			if !done {
				go func() { waited <- conn.Write(t.Context(), b) }()
			}
		}

		for i := range 3 * sent {
			if i%1000 == 0 { // there may be very many: patience is for a part of them
				if err := p.SetDeadline(time.Now().Add(patience)); err != nil {
					t.Fatal(err)
				}
			}

			if _, got, err := p.next(); err != nil || got != "<"+strings.Repeat("x", size)+">" {
				t.Fatalf("size %d: message %d of %d has %d bytes: %v", size, i, 3*sent, len(got), err)
			}
		}

		if err := <-waited; err != nil {
			t.Error(err)
		}
	}
}
