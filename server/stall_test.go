package server_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// pipes is a listener whose connections are pipes.
type pipes struct {
	incoming chan net.Conn
	closed   chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.incoming:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	close(p.closed)

	return nil
}

func (*pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// withPipe runs f with a connection to a house, in a time that is not that of the
// clock. Nothing of what is sent waits in a buffer.
func withPipe(t *testing.T, f func(h *house, conn net.Conn)) {
	t.Helper()

	quiet(t, func(h *house) {
		p := &pipes{incoming: make(chan net.Conn), closed: make(chan struct{})}
		listening := &http.Server{Handler: h.server.Handler(), ReadHeaderTimeout: time.Minute}
		served := make(chan struct{})
		go func() {
			defer close(served)

			_ = listening.Serve(p) // it is closed in the end
		}()

		client, peer := net.Pipe()
		p.incoming <- peer

		defer func() {
			_ = client.Close()
			_ = listening.Close()
			<-served
			synctest.Wait()
		}()

		f(h, client)
	})
}

// TestReaderStalls sees that a client who stops reading is let go after 30 s, and
// one who reads slowly is not.
func TestReaderStalls(t *testing.T) {
	t.Parallel()

	for name, path := range map[string]string{"page": "/v1/streams/a:1", "events": "/v1/streams/a:1?offset=-1&live=sse"} {
		for reading, slow := range map[string]bool{"stops": false, "slow": true} {
			t.Run(name+" "+reading, func(t *testing.T) {
				t.Parallel()

				withPipe(t, func(h *house, conn net.Conn) {
					_, err := h.log.Append(h.t.Context(), store.Batch{Stream: "a:1", Drafts: []event.Draft{{Type: "x", Data: []byte(`"` + strings.Repeat("x", 100<<10) + `"`)}}})
					must(h.t, err)

					_, err = io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
					must(h.t, err)

					got, took := 0, time.Now()
					piece := make([]byte, 4<<10)
					for err == nil && (slow || got < 20<<10) {
						time.Sleep(4 * time.Second) //nolint:forbidigo // the time of the bubble: a slow reader

						var n int
						n, err = conn.Read(piece)
						got += n
						if slow && strings.Contains(name, "events") && bytes.Contains(piece[:n], []byte("upToDate")) {
							break
						}
					}

					if slow && got < 100<<10 {
						h.t.Errorf("after %v got %d bytes: %v", time.Since(took), got, err)
					}

					if slow {
						return
					}

					time.Sleep(31 * time.Second) //nolint:forbidigo // the time of the bubble: a stalled reader

					rest, err := io.ReadAll(conn)
					if len(rest) > 0 {
						h.t.Errorf("%d bytes came after a stall: %v", len(rest), err)
					}
				})
			})
		}
	}
}

// TestBodyStalls sees that a body that does not arrive is not waited for.
func TestBodyStalls(t *testing.T) {
	t.Parallel()

	withPipe(t, func(h *house, conn net.Conn) {
		began := time.Now()
		_, err := io.WriteString(conn, "POST /v1/streams/a:1 HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"type\":")
		must(h.t, err)

		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		must(h.t, err)

		text, err := io.ReadAll(response.Body)
		must(h.t, err)
		must(h.t, response.Body.Close())

		got := answer{response.StatusCode, response.Header, string(text)}.expect(h.t, http.StatusRequestTimeout)
		if code, detail := got.problem(h.t); code != "invalid" || !strings.Contains(detail, "1m0s") || time.Since(began) != time.Minute || !response.Close {
			h.t.Errorf("after %v: %v %s", time.Since(began), got.header, got.body)
		}
	})
}
