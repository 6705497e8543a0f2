package client

import (
	"bufio"
	"bytes"
	"strings"
	"testing"

	"github.com/recountdev/recount/fault"
)

// TestEventReader reads server-sent events as anybody may write them.
func TestEventReader(t *testing.T) {
	t.Parallel()

	text := ":hi\n\nretry: 1\n\nevent: data\r\nid: 1\r\ndata: [1,\r\ndata:2]\r\n\r\nevent:empty\n\ndata\n\nevent: control\ndata:  x\nunknown: y\n\nevent: cut\ndata: 1"
	lines := 0
	r := newEventReader(strings.NewReader(text), func() { lines++ })

	for _, want := range []message{{"data", []byte("[1,\n2]")}, {"control", []byte(" x")}} {
		if got, err := r.next(); err != nil || got.name != want.name || !bytes.Equal(got.data, want.data) {
			t.Errorf("got %q %q: %v", got.name, got.data, err)
		}
	}

	if got, err := r.next(); err == nil || lines != strings.Count(text, "\n") {
		t.Errorf("got %+v after %d lines", got, lines)
	}
}

// FuzzEvents reads anything as server-sent events.
func FuzzEvents(f *testing.F) {
	f.Add([]byte("event: data\ndata: []\n\nevent: control\ndata: {\"streamNextOffset\":\"0000000000000017\",\"upToDate\":true}\n\n"))
	f.Add([]byte(": still here\n\nevent: data\r\ndata: [\ndata: {}]\n\n"))

	f.Fuzz(func(t *testing.T, text []byte) {
		r := newEventReader(bufio.NewReader(bytes.NewReader(text)), func() {})
		for {
			m, err := r.next()
			if err != nil {
				return
			}

			if len(m.data) > len(text) {
				t.Fatalf("%q came out of %q", m.data, text)
			}

			_, eventsErr := parseEvents(m.data)
			offset, _, controlErr := parseControl(m.data)
			for _, err := range []error{eventsErr, controlErr} {
				if err != nil && fault.Of(err) != fault.CodeUnavailable {
					t.Fatal(err)
				}
			}

			if controlErr == nil && offset == "" {
				t.Fatal("no offset")
			}
		}
	})
}
