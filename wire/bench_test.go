package wire_test

import (
	"strconv"
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

// frame returns a frame of 300 bytes, as phoenix.js sends it.
func frame() []byte {
	const head, tail = `["3","1042","meeting:42","card_added",{"title":"`, `","votes":[1,2,3],"open":true}]`

	return []byte(head + strings.Repeat("Coffee ", 32)[:300-len(head)-len(tail)] + tail)
}

func BenchmarkParseMessage(b *testing.B) {
	text := frame()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wire.ParseMessage(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseAction(b *testing.B) {
	text := []byte(`{"type":"cards/added","payload":{"title":"` + strings.Repeat("Coffee ", 34) + `"},"meta":{"requestId":"x"}}`)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wire.ParseAction(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseAppend(b *testing.B) {
	for _, n := range []int{1, 1000} {
		one := `,{"id":"01a1fd8c-6900-7000-8000-000000000000","type":"card_added","data":{"title":"` + strings.Repeat("Coffee ", 10) + `"},"subject":"card-7"}`
		text := []byte(`{"events":[` + strings.Repeat(one, n)[1:] + `],"expect":17}`)
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := wire.ParseAppend(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseRecorded(b *testing.B) {
	e := ordinary()
	line := wire.AppendCloudEvent(nil, &e)
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wire.ParseRecorded(line); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendEvents(b *testing.B) {
	events := specimens()
	dst := make([]byte, 0, 1<<16)
	b.ReportAllocs()
	for b.Loop() {
		dst = wire.AppendEvents(dst[:0], events, 17, false)
	}

	b.SetBytes(int64(len(dst)))
}

func BenchmarkAppendPushHead(b *testing.B) {
	joinRef := []byte(`"3"`)
	dst := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		dst = wire.AppendPushHead(dst[:0], joinRef, "meeting:42", "events")
	}
}

func BenchmarkAppendReply(b *testing.B) {
	m, err := wire.ParseMessage(frame())
	if err != nil {
		b.Fatal(err)
	}

	response := []byte(`{"version":17,"position":"0000000000000017","ids":["01a1fd8c-6900-7000-8000-000000000000"]}`)
	dst := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		dst = wire.AppendReply(dst[:0], &m, "ok", response)
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	e := ordinary()
	events := specimens()
	three, four := uint64(3), uint64(4)
	f := wire.Failure{Code: "conflict", Message: "no", Details: []byte("{}"), Retry: true, Expected: &three, Actual: &four, ErrorID: "x"}
	m, err := wire.ParseMessage(frame())
	if err != nil {
		t.Fatal(err)
	}

	dst := make([]byte, 0, 1<<16)
	for name, write := range map[string]func(){
		"AppendCloudEvent":            func() { wire.AppendCloudEvent(dst, &e) },
		"AppendEvent":                 func() { wire.AppendEvent(dst, &e) },
		"AppendTopicEvent":            func() { wire.AppendTopicEvent(dst, &e) },
		"AppendEvents":                func() { wire.AppendEvents(dst, events, 17, false) },
		"AppendEvents with streams":   func() { wire.AppendEvents(dst, events, 17, true) },
		"AppendPush":                  func() { wire.AppendPush(dst, m.JoinRef, m.Topic, m.Event, m.Payload) },
		"AppendPush without anything": func() { wire.AppendPush(dst, nil, "", "", nil) },
		"AppendPushHead":              func() { wire.AppendPushHead(dst, m.JoinRef, "größe:1", "events") },
		"AppendReply":                 func() { wire.AppendReply(dst, &m, "ok", m.Payload) },
		"Failure.AppendJSON":          func() { f.AppendJSON(dst) },
	} {
		if n := testing.AllocsPerRun(100, write); n > 0 {
			t.Errorf("%s allocates %.0f times", name, n)
		}
	}
}

// TestParseAllocatesLittle counts what is left: the texts, the refs, the drafts.
func TestParseAllocatesLittle(t *testing.T) {
	text := frame()
	action := []byte(`{"type":"t","payload":{"title":"Coffee"}}`)
	payload := []byte(`{"events":[{"type":"t","id":"x","data":{"title":"Coffee"}}],"expect":17}`)
	for name, c := range map[string]struct {
		most  float64
		parse func() error
	}{
		"ParseMessage": {3, func() error { _, err := wire.ParseMessage(text); return err }},
		"ParseAction":  {1, func() error { _, err := wire.ParseAction(action); return err }},
		"ParseAppend":  {4, func() error { _, err := wire.ParseAppend(payload); return err }},
	} {
		if err := c.parse(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}

		if n := testing.AllocsPerRun(100, func() { _ = c.parse() }); n > c.most {
			t.Errorf("%s allocates %.0f times, want at most %.0f", name, n, c.most)
		}
	}
}
