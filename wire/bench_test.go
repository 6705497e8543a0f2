package wire_test

import (
	"strings"
	"testing"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/wire"
)

// ordinary returns an event with 250 bytes of data.
func ordinary() event.Event {
	e := specimens()[1]
	e.Data = []byte(`{"title":"` + strings.Repeat("Coffee ", 34) + `"}`)

	return e
}

func BenchmarkAppendCloudEvent(b *testing.B) {
	e := ordinary()
	dst := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		dst = wire.AppendCloudEvent(dst[:0], &e)
	}

	b.SetBytes(int64(len(dst)))
}

func BenchmarkAppendEvent(b *testing.B) {
	e := ordinary()
	dst := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		dst = wire.AppendEvent(dst[:0], &e)
	}

	b.SetBytes(int64(len(dst)))
}

func BenchmarkParseCloudEvent(b *testing.B) {
	e := ordinary()
	line := wire.AppendCloudEvent(nil, &e)
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := wire.ParseCloudEvent(line); err != nil {
			b.Fatal(err)
		}
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	e := ordinary()
	dst := make([]byte, 0, 4096)
	for name, write := range map[string]func([]byte, *event.Event) []byte{
		"AppendCloudEvent": wire.AppendCloudEvent,
		"AppendEvent":      wire.AppendEvent,
	} {
		if n := testing.AllocsPerRun(100, func() { write(dst, &e) }); n > 0 {
			t.Errorf("%s allocates %.0f times", name, n)
		}
	}
}
