package bench

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/wire"
)

// inCrowd returns a client that is alone in its room.
func inCrowd() *client {
	c := &crowd{order: &connectOrder{Rooms: []string{"room:0"}, Each: 1, Samples: true}, joined: make(chan struct{}, 1), failed: make(chan struct{})}
	c.clients = []*client{{crowd: c}}

	return c.clients[0]
}

// pushOf returns the push of events with some versions.
func pushOf(versions ...uint64) []byte {
	events := make([]event.Event, 0, len(versions))
	for _, v := range versions {
		sent := time.Unix(0, 1_700_000_000_000_000_000+int64(v))
		events = append(events, event.Event{ID: event.NewID(), Version: event.Version(v), ContentType: jsonData, Data: newTexts().data(int(v), sent)})
	}

	text := wire.AppendPushHead(nil, []byte(`"1"`), "room:0", "events")

	return append(wire.AppendEvents(text, events, versions[len(versions)-1], false), ']')
}

// TestClientCountsWhateverTheReads hands a client the same frames in reads of
// every size.
func TestClientCountsWhateverTheReads(t *testing.T) {
	t.Parallel()

	var all []byte

	reply := `["1","1","room:0","phx_reply",{"status":"ok","response":{}}]`
	for _, text := range [][]byte{
		[]byte(reply), []byte(`["1",null,"room:0","presence_count",{"count":7}]`), pushOf(1), pushOf(2, 3), pushOf(4),
	} {
		all = appendFrame(all, text)
	}

	for size := 1; size <= len(all); size += 1 + size/16 {
		c, b := inCrowd(), new(frameBuffer)
		for rest := all; len(rest) > 0; {
			n := copy(c.space(b)[:min(size, len(rest))], rest)
			rest = rest[n:]

			if err := c.arrived(b, n); err != nil {
				t.Fatal(err)
			}
		}

		if c.events.Load() != 4 || c.upto.Load() != 4 || c.bytes.Load() != uint64(len(all)) || len(c.crowd.joined) != 1 {
			t.Fatalf("reads of %d bytes: %d events up to %d in %d bytes", size, c.events.Load(), c.upto.Load(), c.bytes.Load())
		}

		for i, s := range c.samples {
			if want := uint64(i + 1); s.version != want || s.sent != 1_700_000_000_000_000_000+int64(want) || s.took <= 0 {
				t.Fatalf("reads of %d bytes: sample %d is %v", size, i, s)
			}
		}
	}
}

func TestClientFindsWhatIsWrong(t *testing.T) {
	t.Parallel()

	frame := func(texts ...[]byte) []byte {
		var all []byte
		for _, text := range texts {
			all = appendFrame(all, text)
		}

		return all
	}

	for name, c := range map[string]struct {
		bytes []byte
		want  string
	}{
		"gap":        {frame(pushOf(1), pushOf(3)), "1 events came and go up to 3, after 1"},
		"repeat":     {frame(pushOf(1), pushOf(1)), "1 events came and go up to 1, after 1"},
		"backwards":  {frame(pushOf(1, 2), pushOf(1)), "up to 1, after 2"},
		"hole":       {frame(pushOf(1, 3)), "2 events came and go up to 3"},
		"end":        {frame([]byte(`["1",null,"room:0","phx_close",{}]`)), "phx_close"},
		"refusal":    {frame([]byte(`["1","1","room:0","phx_reply",{"status":"error","response":{}}]`)), "error"},
		"notice":     {frame([]byte(`["1",null,"room:0","notice",{"code":"unavailable"}]`)), "notice"},
		"close":      {[]byte{0x88, 2, 3, 0xe9}, "0x88"},
		"fragment":   {[]byte{0x01, 1, 'x'}, "0x1"},
		"compressed": {[]byte{0xc1, 1, 'x'}, "0xc1"},
	} {
		client, b := inCrowd(), new(frameBuffer)
		n := copy(client.space(b), c.bytes)

		if err := client.arrived(b, n); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestCrowdIsCompleteOnlyIfAllIsThere(t *testing.T) {
	t.Parallel()

	one := inCrowd()
	c := one.crowd

	one.events.Store(4)
	one.upto.Store(4)

	if err := c.complete(t.Context(), []uint64{4}, time.Millisecond); err != nil {
		t.Error(err)
	}

	if err := c.complete(t.Context(), []uint64{5}, time.Millisecond); err == nil || !strings.Contains(err.Error(), "4 events and got up to 4, of 5") {
		t.Errorf("with an event missing: %v", err)
	}

	one.events.Store(5)

	if err := c.complete(t.Context(), []uint64{4}, time.Hour); err == nil {
		t.Error("with an event twice the crowd is complete")
	}
}

func TestFramesAreCut(t *testing.T) {
	t.Parallel()

	for _, n := range []int{0, 1, 125, 126, 1<<16 - 1, 1 << 16, 300_000} {
		text := bytes.Repeat([]byte{'x'}, n)
		frame := appendFrame(nil, text)

		first, got, size := cutFrame(append(frame, "next"...))
		if first != 0x81 || !bytes.Equal(got, text) || size != len(frame) {
			t.Errorf("a text of %d bytes came as %#x with %d bytes in a frame of %d", n, first, len(got), size)
		}

		for _, part := range []int{0, 1, 2, 3, 9, len(frame) - 1} {
			if part >= len(frame) {
				continue
			}

			if _, _, size := cutFrame(frame[:part]); size != 0 {
				t.Errorf("%d of %d bytes are a frame", part, len(frame))
			}
		}
	}
}

func TestTextsCarryTheirTime(t *testing.T) {
	t.Parallel()

	texts, now := newTexts(), time.Now()
	for i := range 2 * textsMade {
		d := texts.draft(i, now)
		if len(d.Data) != PayloadSize || !event.IsJSON(d.ContentType) || bytes.Count(d.Data, []byte{mark}) != 1 {
			t.Fatalf("text %d is %s", i, d.Data)
		}

		if want := fmt.Sprintf(`{"sent":"~%s",`, strconv.FormatInt(now.UnixNano(), 10)); !bytes.HasPrefix(d.Data, []byte(want)) {
			t.Fatalf("text %d is %s, want %s", i, d.Data, want)
		}
	}
}

func TestPublishersWaitForTheSlowest(t *testing.T) {
	t.Parallel()

	p := newPublishers(nil, nil, 2, 3)
	for _, want := range []bool{true, false} {
		if free := p.sent[1] < p.seen[1]+p.behind; free != want {
			t.Fatalf("with %d sent of 3 the room is free: %t", p.sent[1], free)
		}

		if want {
			if on, err := p.mayGoOn(t.Context(), 1); !on || err != nil {
				t.Fatal(on, err)
			}
		}
	}

	done := make(chan bool)

	go func() {
		on, _ := p.mayGoOn(t.Context(), 1)
		done <- on
	}()

	p.saw([]uint64{0, eventsEach})

	if !<-done {
		t.Error("when clients had moved on, the appender was stopped")
	}
}

func TestBeatsAreEven(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		b := (&FanoutConfig{Connections: 200, Room: 20, Rate: 2000, WarmUp: time.Second, Time: 3 * time.Second}).beats()
		if b.rooms != 10 || b.each != 20 || b.every != 10*time.Millisecond || b.from != 100 || b.until != 400 {
			t.Fatalf("the beats are %+v", b)
		}

		b.start = time.Now()

		for n := 7; ; n += b.rooms {
			on, err := b.await(t.Context(), n)
			if err != nil {
				t.Fatal(err)
			}

			if !on {
				break
			}

			if past := time.Since(b.start); past != time.Duration(n)*b.every {
				t.Fatalf("event %d came after %s", n, past)
			}
		}

		if past := time.Since(b.start); past != 397*b.every {
			t.Errorf("the last event of the room came after %s", past)
		}
	})
}
