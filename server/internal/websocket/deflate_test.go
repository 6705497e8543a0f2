package websocket_test

import (
	"bytes"
	"compress/flate"
	"crypto/rand"
	"io"
	"strings"
	"testing"

	"github.com/recountdev/recount/internal/payload"
	"github.com/recountdev/recount/server/internal/websocket"
)

const offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"

// inflated returns the text of a message, as RFC 7692 (7.2.2) says.
func (p *peer) inflated(first byte, message string) string {
	p.Helper()

	if first&deflated == 0 {
		return message
	}

	whole := strings.NewReader(message + "\x00\x00\xff\xff" + "\x01\x00\x00\xff\xff")

	b, err := io.ReadAll(flate.NewReader(whole))
	if err != nil {
		p.Fatalf("inflate a message: %v", err)
	}

	if whole.Len() > 0 {
		p.Fatalf("%d bytes are left behind a deflated message", whole.Len())
	}

	return string(b)
}

// message reads a text message.
func (p *peer) message() string {
	p.Helper()

	first, message, err := p.next()
	if err != nil {
		p.Fatalf("read a message: %v", err)
	}

	if first&^deflated != fin|text {
		p.Fatalf("got frame %#x %.100q, want a text message", first, message)
	}

	return p.inflated(first, message)
}

// deflate is what a client does with a message.
func deflate(tb testing.TB, level int, text string) string {
	tb.Helper()

	var b bytes.Buffer

	w, err := flate.NewWriter(&b, level)
	if err != nil {
		tb.Fatal(err)
	}

	if _, err := io.WriteString(w, text); err != nil {
		tb.Fatal(err)
	}

	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}

	return strings.TrimSuffix(b.String(), "\x00\x00\xff\xff")
}

func TestCompressedMessagesComeIn(t *testing.T) {
	t.Parallel()

	large := words(200_000)

	for name, c := range map[string]struct{ send, want string }{
		"example 7.2.3.1":       {frame(fin|deflated|text, "\xf2\x48\xcd\xc9\xc9\x07\x00"), "Hello"},
		"example, fragments":    {frame(deflated|text, "\xf2\x48\xcd") + frame(fin|continuation, "\xc9\xc9\x07\x00"), "Hello"},
		"example 7.2.3.3":       {frame(fin|deflated|text, "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"), "Hello"},
		"example 7.2.3.4":       {frame(fin|deflated|text, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), "Hello"},
		"example 7.2.3.5":       {frame(fin|deflated|text, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"), "Hello"},
		"example 7.2.3.6":       {frame(fin|deflated|text, "\x00"), ""},
		"a last block":          {frame(fin|deflated|text, "\xf3\x48\xcd\xc9\xc9\x07\x00"), "Hello"},
		"not compressed":        {frame(fin|text, "Hello"), "Hello"},
		"large":                 {frame(fin|deflated|text, deflate(t, 9, large)), large},
		"large, only Huffman":   {frame(fin|deflated|text, deflate(t, flate.HuffmanOnly, large)), large},
		"large, as it is":       {frame(fin|deflated|text, deflate(t, 0, large)), large},
		"the largest":           {frame(fin|deflated|text, deflate(t, 1, strings.Repeat("x", 500_000))), strings.Repeat("x", 500_000)},
		"a ping within":         {frame(deflated|text, "\xf2\x48\xcd") + frame(fin|pong, "") + frame(fin|continuation, "\xc9\xc9\x07\x00"), "Hello"},
		"fragment by fragment":  {frame(deflated|text, "") + frame(continuation, "\xf2\x48\xcd\xc9\xc9\x07") + frame(fin|continuation, "\x00"), "Hello"},
		"two, no takeover":      {frame(fin|deflated|text, deflate(t, 1, "a")), "a"},
		"UTF-8 across segments": {frame(deflated|text, deflate(t, 0, "café")[:9]) + frame(fin|continuation, deflate(t, 0, "café")[9:]), "café"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			h := newHost(t, websocket.Options{Compress: true, MaxFrame: 500_000}, echo).started()
			p, _ := h.dial(offer)
			p.send(c.send + c.send)

			for range 2 {
				if got := p.message(); got != c.want {
					t.Errorf("got %.100q (%d bytes), want %.100q (%d bytes)", got, len(got), c.want, len(c.want))
				}
			}
		})
	}
}

func TestHostileCompression(t *testing.T) {
	t.Parallel()

	bomb := deflate(t, 1, strings.Repeat("\x00", 10<<20)) // 1,000 times as large

	for name, c := range map[string]struct {
		offer, send string
		want        uint16
	}{
		"a bomb":                       {offer, frame(fin|deflated|text, bomb), 1009},
		"a bomb in fragments":          {offer, frame(deflated|text, bomb[:100]) + frame(fin|continuation, bomb[100:]), 1009},
		"one byte too many":            {offer, frame(fin|deflated|text, deflate(t, 9, strings.Repeat("x", 100_001))), 1009},
		"too large before it inflates": {offer, header(fin|deflated|text, 100_001), 1009},
		"rubbish":                      {offer, frame(fin|deflated|text, "\xff\xff\xff\xff"), 1007},
		"cut short":                    {offer, frame(fin|deflated|text, deflate(t, 9, words(5000))[:400]), 1007},
		"more behind its last block":   {offer, frame(fin|deflated|text, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00more"), 1007},
		"not UTF-8":                    {offer, frame(fin|deflated|text, deflate(t, 9, "caf\xe9")), 1007},
		"reaches before its beginning": {offer, frame(fin|deflated|text, "\x02\x0a\x00"), 1007},
		"bit on a continuation":        {offer, frame(deflated|text, "\xf2\x48") + frame(fin|deflated|continuation, "\xcd\xc9\xc9\x07\x00"), 1002},
		"bit on a ping":                {offer, frame(fin|deflated|ping, ""), 1002},
		"bit on a close frame":         {offer, frame(fin|deflated|closing, ""), 1002},
		"another reserved bit":         {offer, frame(fin|0x20|text, "x"), 1002},
		"not agreed on":                {"", frame(fin|deflated|text, "\xf2\x48\xcd\xc9\xc9\x07\x00"), 1002},
		"declined":                     {"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9\r\n", frame(fin|deflated|text, "\xf2\x48\xcd\xc9\xc9\x07\x00"), 1002},
		"binary":                       {offer, frame(fin|deflated|binaryData, "\xf2\x48\xcd\xc9\xc9\x07\x00"), 1003},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			h := newHost(t, websocket.Options{Compress: true, MaxFrame: 100_000}, echo).started()
			p, _ := h.dial(c.offer)
			p.send(c.send)
			p.expectClose(c.want)
			p.Close()

			if end := h.end(); end.Code != int(c.want) || end.Remote {
				t.Errorf("Serve returned %v", end)
			}
		})
	}
}

// TestCompressedMessagesGoOut holds what is deflated, and what is not.
func TestCompressedMessagesGoOut(t *testing.T) {
	t.Parallel()

	random := make([]byte, 10_000)
	if _, err := rand.Read(random); err != nil {
		t.Fatal(err)
	}

	for name, c := range map[string]struct {
		head, payload, tail string
		deflated            bool
	}{
		"payload":        {"", words(10_000), "", true},
		"head":           {"[null,", words(10_000), "", true},
		"tail":           {"", words(10_000), "]", true},
		"head and tail":  {"[null,", words(10_000), "]", true},
		"large":          {"[null,", words(1 << 20), "]", true},
		"long ends":      {words(70_000), words(70_000), words(200_000), true},
		"ends of a full": {words(65535), words(70_000), words(65536), true},
		"just enough":    {"[", words(4096), "]", true},
		"too small":      {words(5000), words(4095), words(5000), false},
		"not smaller":    {"[", string(random), "]", false},
		"empty":          {"", "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			h := newHost(t, websocket.Options{Compress: true}, echo).started()
			modern, yes := h.dial(offer)
			old, no := h.dial("")
			shared := payload.New([]byte(c.payload))

			for range 2 { // the second time it is deflated already
				for _, conn := range []*websocket.Conn{yes, no} {
					go func() {
						b := conn.Batch()
						b.Text([]byte(c.head), shared, []byte(c.tail))

						if err := conn.Write(t.Context(), b); err != nil {
							t.Error(err)
						}
					}()
				}

				first, message, err := modern.next()
				if err != nil {
					t.Fatal(err)
				}

				if got := modern.inflated(first, message); got != c.head+c.payload+c.tail {
					t.Errorf("inflated: got %.100q (%d bytes)", got, len(got))
				}

				if first&deflated != 0 != c.deflated || c.deflated && len(message) > len(c.head)+len(c.payload)/2+len(c.tail)+50 {
					t.Errorf("deflated: %v; %d bytes", first&deflated != 0, len(message))
				}

				old.expect(fin|text, c.head+c.payload+c.tail)
			}
		})
	}
}
