package websocket_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/server/internal/websocket"
)

// fuzzFrame is the longest message in the fuzz tests.
const fuzzFrame = 6000

// FuzzServe plays a client that sends anything, in pieces of any size, and then
// goes. The messages and the end must be those that judge says.
func FuzzServe(f *testing.F) {
	for _, c := range hostile {
		f.Add([]byte(c.send[:min(len(c.send), 300)]), byte(7))
	}

	for _, c := range harmless {
		f.Add([]byte(c.send[:min(len(c.send), 300)]), byte(0))
	}

	u := newUpgrader(f, websocket.Options{MaxFrame: fuzzFrame})

	f.Fuzz(func(t *testing.T, data []byte, piece byte) {
		s := &script{data: data, piece: int(piece)}
		got, end := s.play(t, u.Conn(s))
		want, code := judge(string(data))

		if !slices.Equal(got, want) || end.Code != code {
			t.Errorf("got %d messages %.100q and code %d (%v), want %d %.100q and %d", len(got), got, end.Code, end, len(want), want, code)
		}
	})
}

// FuzzServeDeflated does the same with permessage-deflate, without a judge.
func FuzzServeDeflated(f *testing.F) {
	f.Add([]byte(frame(fin|deflated|text, "\xf2\x48\xcd\xc9\xc9\x07\x00")), byte(0))
	f.Add([]byte(frame(deflated|text, "\xf2\x48\xcd")+frame(fin|continuation, "\xc9\xc9\x07\x00")), byte(3))
	f.Add([]byte(frame(fin|deflated|text, deflate(f, 9, strings.Repeat("x", 100_000)))), byte(0))
	f.Add([]byte(frame(fin|deflated|text, deflate(f, 5, words(3000)))+closeFrame(1000, "")), byte(200))

	u := newUpgrader(f, websocket.Options{MaxFrame: fuzzFrame, Compress: true})

	f.Fuzz(func(t *testing.T, data []byte, piece byte) {
		s := &script{data: data, piece: int(piece)}
		r := request(t)
		r.Header.Set("Sec-WebSocket-Extensions", "permessage-deflate")

		c, err := u.Upgrade(&hijackable{httptest.NewRecorder(), s, bufio.NewReadWriter(bufio.NewReader(s), nil), nil}, r, nil)
		if err != nil {
			t.Fatal(err)
		}

		messages, end := s.play(t, c)

		for _, m := range messages {
			if len(m) > fuzzFrame || !utf8.ValidString(m) {
				t.Errorf("handled %d bytes %.100q", len(m), m)
			}
		}

		if !end.Remote && !slices.Contains([]int{1002, 1003, 1007, 1008, 1009}, end.Code) {
			t.Errorf("ended with %v", end)
		}
	})
}

// script is a connection whose client has said everything and is gone.
type script struct {
	net.Conn // nil: nothing else is called

	data   []byte
	piece  int // how much is read at once; 0 is any
	out    strings.Builder
	closed bool
}

// Read returns what the client says.
func (s *script) Read(p []byte) (int, error) {
	switch {
	case s.closed:
		return 0, net.ErrClosed
	case len(s.data) == 0:
		return 0, io.EOF
	case s.piece > 0:
		p = p[:min(len(p), s.piece)]
	default:
	}

	n := copy(p, s.data)
	s.data = s.data[n:]

	return n, nil
}

// Write keeps what the server says.
func (s *script) Write(p []byte) (int, error) { return s.out.Write(p) }

// Close closes the connection.
func (s *script) Close() error {
	s.closed = true

	return nil
}

func (*script) SetDeadline(time.Time) error      { return nil }
func (*script) SetReadDeadline(time.Time) error  { return nil }
func (*script) SetWriteDeadline(time.Time) error { return nil }

// play returns the messages that the server handled, and how it ended.
func (s *script) play(t *testing.T, c *websocket.Conn) ([]string, *websocket.CloseError) {
	t.Helper()

	var messages []string

	end := asClose(t, c.Serve(func(message []byte) error {
		messages = append(messages, string(message))

		return nil
	}))

	_, said, upgraded := strings.Cut(s.out.String(), "\r\n\r\n")
	if !upgraded {
		said = s.out.String()
	}

	if !s.closed {
		t.Error("the socket is open")
	}

	if err := (&peer{in: bufio.NewReader(strings.NewReader(said))}).drain(); err != nil {
		t.Error(err)
	}

	return messages, end
}

// drain reads what the server says to the end: pongs, then a close frame.
func (p *peer) drain() error {
	closed := false

	for {
		first, payload, err := p.next()

		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case closed:
			return errors.New("a frame after the close frame")
		case len(payload) > 125:
			return errors.New("a control frame that is too long")
		case first == fin|closing:
			closed = true
		case first != fin|pong:
			return errors.New("a frame that nobody asked for")
		default:
		}
	}
}

// converse sends data in pieces (0 is all at once) and reads until the server
// has nothing more to say. It returns the messages that were handled.
func converse(t *testing.T, c *websocket.Conn, p *peer, data string, piece int) ([]string, *websocket.CloseError) {
	t.Helper()

	drained := make(chan error, 1)

	go func() { drained <- p.drain() }()

	go func() {
		for piece > 0 && len(data) > piece {
			if _, err := p.Write([]byte(data[:piece])); err != nil {
				return
			}

			data = data[piece:]
		}

		_, _ = p.Write([]byte(data))
	}()

	var messages []string

	end := asClose(t, c.Serve(func(message []byte) error {
		messages = append(messages, string(message))

		return nil
	}))

	if err := <-drained; err != nil {
		t.Error(err)
	}

	return messages, end
}

// judge says what must become of what a client sends before it goes: the
// messages and the close code.
func judge(data string) (messages []string, code int) {
	var (
		message   string
		fragments bool
		empty     int
	)

	for {
		f, code := nextFrame(data, fragments, len(message))
		if code != 0 {
			return messages, code
		}

		data = data[f.size:]

		switch op := f.first & 0xf; {
		case op == closing:
			return messages, judgeClose(f.payload)
		case op > closing:
			continue
		default:
		}

		message += f.payload
		fragments = f.first&fin == 0

		if fragments && f.payload == "" {
			if empty++; empty > 64 {
				return messages, 1008
			}
		}

		if !fragments {
			if !utf8.ValidString(message) {
				return messages, 1007
			}

			messages = append(messages, message)
			message, empty = "", 0
		}
	}
}

// judged is a frame from a client that is allowed.
type judged struct {
	first   byte
	payload string
	size    int // of the whole frame
}

// nextFrame returns the first frame of data, or the close code it deserves.
func nextFrame(data string, fragments bool, already int) (judged, int) {
	if len(data) < 2 {
		return judged{}, 1006
	}

	first, op, length := data[0], data[0]&0xf, uint64(data[1]&0x7f)
	control := op >= closing

	switch {
	case first&0x70 != 0, op > binaryData && op < closing, op > pong, data[1] < 0x80,
		control && (first&fin == 0 || length > 125),
		!control && fragments != (op == continuation):
		return judged{}, 1002
	case op == binaryData:
		return judged{}, 1003
	default:
	}

	head := 2 + map[uint64]int{126: 2, 127: 8}[length] + 4
	if len(data) < head {
		return judged{}, 1006
	}

	if extra := data[2 : head-4]; extra != "" {
		length = binary.BigEndian.Uint64([]byte(strings.Repeat("\x00", 8-len(extra)) + extra))
		if length < 126 || len(extra) == 8 && length < 1<<16 || length >= 1<<63 {
			return judged{}, 1002
		}
	}

	if !control && length > uint64(fuzzFrame-already) {
		return judged{}, 1009
	}

	if uint64(len(data)-head) < length {
		return judged{}, 1006
	}

	payload := []byte(data[head : head+int(length)])
	for i := range payload {
		payload[i] ^= data[head-4+i%4]
	}

	return judged{first, string(payload), head + int(length)}, 0
}

// judgeClose returns the code that a client's close frame leads to.
func judgeClose(payload string) int {
	if payload == "" {
		return 1005
	}

	if len(payload) == 1 {
		return 1002
	}

	code := int(payload[0])<<8 | int(payload[1])

	switch {
	case code < 1000, code > 1003 && code < 1007, code > 1014 && code < 3000, code > 4999:
		return 1002
	case !utf8.ValidString(payload[2:]):
		return 1007
	default:
		return code
	}
}

// TestAnyMessages sends messages of all kinds in any fragments with anything
// between them, cut into any pieces: they arrive as they were.
func TestAnyMessages(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var (
			want []string
			sent strings.Builder
		)

		compress := rapid.Bool().Draw(r, "compress")

		for range rapid.IntRange(1, 8).Draw(r, "messages") {
			m := rapid.StringN(0, 50, -1).Draw(r, "message")
			m += strings.Repeat(m, rapid.IntRange(0, 200).Draw(r, "times"))
			want = append(want, m)

			first, wire := byte(text), m
			if compress && rapid.Bool().Draw(r, "deflate") {
				first, wire = text|deflated, deflate(t, rapid.IntRange(-2, 9).Draw(r, "level"), m)
			}

			for parts := rapid.IntRange(0, 4).Draw(r, "fragments"); parts > 0; parts-- {
				n := rapid.IntRange(0, len(wire)).Draw(r, "length")
				sent.WriteString(frame(first, wire[:n]))

				if rapid.Bool().Draw(r, "ping") {
					sent.WriteString(frame(fin|ping, rapid.StringN(0, 30, 125).Draw(r, "payload")))
				}

				first, wire = continuation, wire[n:]
			}

			sent.WriteString(frame(fin|first, wire))
		}

		sent.WriteString(closeFrame(4000, "that was all"))

		p, c := piped(t, websocket.Options{Compress: compress}, offer)
		got, end := converse(t, c, p, sent.String(), rapid.IntRange(0, 5000).Draw(r, "piece"))

		if !slices.Equal(got, want) || end.Code != 4000 {
			r.Fatalf("got %q (%v), want %q", got, end, want)
		}
	})
}
