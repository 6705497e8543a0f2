package websocket_test

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/recountdev/recount/server/internal/websocket"
)

// hostile is all that a client may do wrong, with the answer it gets.
var hostile = map[string]struct {
	send string
	want uint16
}{
	"opcode 3":                      {frame(fin|0x3, "x"), 1002},
	"opcode 7":                      {frame(fin|0x7, "x"), 1002},
	"opcode 11":                     {frame(fin|0xb, "x"), 1002},
	"opcode 15":                     {frame(fin|0xf, "x"), 1002},
	"reserved bit 1":                {frame(fin|0x40|text, "x"), 1002},
	"reserved bit 2":                {frame(fin|0x20|text, "x"), 1002},
	"reserved bit 3":                {frame(fin|0x10|text, "x"), 1002},
	"reserved bit on a ping":        {frame(fin|0x20|ping, "x"), 1002},
	"unmasked":                      {"\x81\x02hi", 1002},
	"unmasked ping":                 {"\x89\x00", 1002},
	"unmasked, nothing after it":    {"\x81\x7f", 1002},
	"binary":                        {frame(fin|binaryData, "x"), 1003},
	"binary, in fragments":          {frame(binaryData, "x"), 1003},
	"ping of 126 bytes":             {frame(fin|ping, strings.Repeat("x", 126)), 1002},
	"ping in fragments":             {frame(ping, "x"), 1002},
	"close in fragments":            {frame(closing, "\x03\xe8"), 1002},
	"close of 126 bytes":            {frame(fin|closing, "\x03\xe8"+strings.Repeat("x", 124)), 1002},
	"continuation of nothing":       {frame(fin|continuation, "x"), 1002},
	"continuation after the end":    {frame(fin|text, "x") + frame(continuation, "x"), 1002},
	"text within a message":         {frame(text, "x") + frame(fin|text, "x"), 1002},
	"length in too many bytes, 16":  {"\x81\xfe\x00\x05\x00\x00\x00\x00hello", 1002},
	"length in too many bytes, 64":  {"\x81\xff\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00hello", 1002},
	"length of 2^63":                {header(fin|text, 1<<63), 1002},
	"length of 2^64-1":              {header(fin|text, math.MaxUint64), 1002},
	"length of 2^63-1":              {header(fin|text, math.MaxInt64), 1009},
	"length one too many":           {header(fin|text, 10_001), 1009},
	"length too large in sum":       {frame(text, strings.Repeat("x", 6000)) + header(fin|continuation, 4001), 1009},
	"fragments without end":         {frame(text, "x") + strings.Repeat(frame(continuation, "y"), 10_000), 1009},
	"empty fragments without end":   {frame(text, "") + strings.Repeat(frame(continuation, ""), 100), 1008},
	"not UTF-8":                     {frame(fin|text, "caf\xe9"), 1007},
	"not UTF-8, cut short":          {frame(fin|text, "caf\xc3"), 1007},
	"not UTF-8, surrogate":          {frame(fin|text, "\xed\xa0\x80"), 1007},
	"not UTF-8, over long":          {frame(fin|text, "\xc0\xaf"), 1007},
	"not UTF-8 across fragments":    {frame(text, "caf\xc3") + frame(fin|continuation, "e"), 1007},
	"not UTF-8, in a large message": {frame(fin|text, strings.Repeat("x", 9000)+"\xff"), 1007},
	"close with 1 byte":             {frame(fin|closing, "\x03"), 1002},
	"close with code 0":             {closeFrame(0, ""), 1002},
	"close with code 999":           {closeFrame(999, ""), 1002},
	"close with code 1004":          {closeFrame(1004, ""), 1002},
	"close with code 1005":          {closeFrame(1005, ""), 1002},
	"close with code 1006":          {closeFrame(1006, ""), 1002},
	"close with code 1015":          {closeFrame(1015, ""), 1002},
	"close with code 1016":          {closeFrame(1016, ""), 1002},
	"close with code 2999":          {closeFrame(2999, ""), 1002},
	"close with code 5000":          {closeFrame(5000, ""), 1002},
	"close with code 65535":         {closeFrame(65535, ""), 1002},
	"close, not UTF-8":              {closeFrame(1000, "caf\xe9"), 1007},
}

func TestHostile(t *testing.T) {
	t.Parallel()

	for name, c := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			h := newHost(t, websocket.Options{MaxFrame: 10_000}, echo).started()
			p, _ := h.dial("")

			// It may be cut off before it has sent all that is wrong.
			_, _ = p.Write([]byte(c.send))
			reason := p.expectClose(c.want)

			if reason == "" || len(reason) > 123 {
				t.Errorf("the reason is %q", reason)
			}

			_, _ = p.Write([]byte(closeFrame(c.want, "")))

			p.expectEnd()

			if end := h.end(); end.Code != int(c.want) || end.Remote {
				t.Errorf("Serve returned %v", end)
			}
		})
	}
}

// TestHostileByteByByte sends the same slowly: half frames of all lengths.
func TestHostileByteByByte(t *testing.T) {
	t.Parallel()

	for name, c := range hostile {
		if len(c.send) > 500 {
			continue
		}

		t.Run(name, func(t *testing.T) {
			t.Parallel()

			h := newHost(t, websocket.Options{MaxFrame: 10_000}, echo).started()
			p, _ := h.dial("")

			for i := range len(c.send) {
				if _, err := p.Write([]byte{c.send[i]}); err != nil {
					break
				}
			}

			p.expectClose(c.want)
			p.Close()

			if end := h.end(); end.Code != int(c.want) || end.Remote {
				t.Errorf("Serve returned %v", end)
			}
		})
	}
}

// harmless is what a client may do, however odd, with the messages that come
// back.
var harmless = map[string]struct {
	send string
	want []string
}{
	"one message":             {frame(fin|text, "hello"), []string{"hello"}},
	"empty message":           {frame(fin|text, ""), []string{""}},
	"two messages":            {frame(fin|text, "a") + frame(fin|text, "b"), []string{"a", "b"}},
	"length of 125":           {frame(fin|text, strings.Repeat("x", 125)), []string{strings.Repeat("x", 125)}},
	"length of 126":           {frame(fin|text, strings.Repeat("x", 126)), []string{strings.Repeat("x", 126)}},
	"as many as are read":     {frame(fin|text, strings.Repeat("x", 4096)), []string{strings.Repeat("x", 4096)}},
	"one more":                {frame(fin|text, strings.Repeat("x", 4097)), []string{strings.Repeat("x", 4097)}},
	"length of 65535":         {frame(fin|text, strings.Repeat("x", 65535)), []string{strings.Repeat("x", 65535)}},
	"length of 65536":         {frame(fin|text, strings.Repeat("x", 65536)), []string{strings.Repeat("x", 65536)}},
	"the longest":             {frame(fin|text, words(100_000)), []string{words(100_000)}},
	"a thousand":              {strings.Repeat(frame(fin|text, "again"), 1000), strings.Split(strings.Repeat("again ", 1000), " ")[:1000]},
	"fragments":               {frame(text, "a") + frame(continuation, "b") + frame(fin|continuation, "c"), []string{"abc"}},
	"fragments of one byte":   {frame(text, "a") + strings.Repeat(frame(continuation, "b"), 999) + frame(fin|continuation, "c"), []string{"a" + strings.Repeat("b", 999) + "c"}},
	"empty fragments":         {frame(text, "") + frame(continuation, "") + frame(fin|continuation, ""), []string{""}},
	"empty last fragment":     {frame(text, "a") + frame(fin|continuation, ""), []string{"a"}},
	"UTF-8 across fragments":  {frame(text, "caf\xc3") + frame(fin|continuation, "\xa9"), []string{"café"}},
	"a pong nobody asked for": {frame(fin|pong, "x") + frame(fin|text, "a"), []string{"a"}},
	"large fragments":         {frame(text, words(40_000)) + frame(fin|continuation, "!"), []string{words(40_000) + "!"}},
}

func TestHarmless(t *testing.T) {
	t.Parallel()

	for name, c := range harmless {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			h := newHost(t, websocket.Options{MaxFrame: 100_000}, echo).started()
			p, _ := h.dial("")
			p.send(c.send)

			for _, want := range c.want {
				p.expect(fin|text, want)
			}

			p.Close()

			if end := h.end(); end.Code != websocket.CodeCut || !end.Remote {
				t.Errorf("Serve returned %v", end)
			}
		})
	}
}

// TestCutInMidFrame cuts the connection after each byte of two messages.
func TestCutInMidFrame(t *testing.T) {
	t.Parallel()

	h := newHost(t, websocket.Options{}, echo).started()
	whole := frame(text, "hel") + frame(fin|ping, "") + frame(fin|continuation, "lo") + frame(fin|text, strings.Repeat("x", 200))

	for n := range whole {
		p, _ := h.dial("")
		p.send(whole[:n])
		p.Close()

		if end := h.end(); end.Code != websocket.CodeCut || !end.Remote {
			t.Errorf("after %d bytes Serve returned %v", n, end)
		}
	}
}

func TestPingBetweenFragments(t *testing.T) {
	t.Parallel()

	h := newHost(t, websocket.Options{}, echo).started()
	p, _ := h.dial("")

	p.send(frame(text, "caf\xc3") + frame(fin|ping, "are you there?"))
	p.expect(fin|pong, "are you there?")
	p.send(frame(continuation, "") + frame(fin|pong, "x") + frame(fin|ping, ""))
	p.expect(fin|pong, "")
	p.send(frame(fin|continuation, "\xa9"))
	p.expect(fin|text, "café")
}

// TestCloseBetweenFragments ends in the middle of a message.
func TestCloseBetweenFragments(t *testing.T) {
	t.Parallel()

	h := newHost(t, websocket.Options{}, echo).started()
	p, _ := h.dial("")

	p.send(frame(text, "a") + closeFrame(1001, "") + frame(fin|continuation, "b"))
	p.expect(fin|closing, string(binary.BigEndian.AppendUint16(nil, 1001)))
	p.expectEnd()

	if end := h.end(); end.Code != 1001 || !end.Remote {
		t.Errorf("Serve returned %v", end)
	}
}
