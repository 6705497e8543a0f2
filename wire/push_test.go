package wire_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/wire"
)

// TestFrames shows the frames that a server sends; tests in other languages
// read the same file.
func TestFrames(t *testing.T) {
	t.Parallel()

	joined := json.RawMessage(`"3"`)
	events := specimens()
	message := func(frame string) *wire.Message {
		m, err := wire.ParseMessage([]byte(frame))
		if err != nil {
			t.Fatal(err)
		}

		return &m
	}

	join := message(`["3","3","meeting:42","phx_join",{}]`)
	push := message(`["3","4","meeting:42","card_added",{}]`)
	failure := func(err error) []byte {
		f := wire.FailureOf(err)
		if f.ErrorID != "" {
			t.Fatal("an error ID would change with every run")
		}

		return f.AppendJSON(nil)
	}

	var out []byte
	for _, frame := range [][]byte{
		wire.AppendReply(nil, join, "ok", []byte(`{"epoch":"e","version":17,"first":1,"recovered":true}`)),
		wire.AppendReply(nil, push, "ok", nil),
		wire.AppendReply(nil, message(`[null,"5","phoenix","heartbeat",{}]`), "ok", nil),
		wire.AppendReply(nil, message(`[1,2,"größe:\"\\\u0007😀","$state",{}]`), "ok", []byte(`[ 1 ]`)),
		wire.AppendReply(nil, push, "error", failure(fault.Forbidden("you may not append to meeting:42"))),
		wire.AppendReply(nil, push, "error", failure(fault.Unavailable("closing"))),
		wire.AppendReply(nil, push, "error", failure(conflictError{expected: 3, actual: 4})),
		wire.AppendReply(nil, push, "error", failure(conflictError{})),
		wire.AppendPush(nil, joined, "meeting:42", "events", wire.AppendEvents(nil, events[:3], 3, false)),
		wire.AppendPush(nil, joined, "meeting:42", "events", wire.AppendEvents(nil, nil, 17, false)),
		wire.AppendPush(nil, joined, "meeting:*", "events", wire.AppendEvents(nil, events[14:17], 17, true)),
		wire.AppendPush(nil, joined, "meeting:*", "events", wire.AppendEvents(nil, nil, 0, true)),
		wire.AppendPush(nil, joined, "meeting:42", "signal", []byte(`{"type":"cursor_moved","data":{"x":1},"actor":"ada","time":"2026-11-21T10:00:00.000Z"}`)),
		wire.AppendPush(nil, joined, "meeting:42", "phx_close", nil),
		wire.AppendPush(nil, nil, "meeting:42", "phx_error", nil),
	} {
		if !json.Valid(frame) {
			t.Errorf("%s is not JSON", frame)
		}

		out = append(append(out, frame...), '\n')
	}

	golden(t, "frames.ndjson", out)
}

// TestEventsPush states that a push has each event as AppendEvent or
// AppendTopicEvent writes it, and nothing more than upto.
func TestEventsPush(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(anEvent(), 0, 4).Draw(t, "events")
		upto := rapid.Uint64().Draw(t, "upto")
		for _, withStream := range []bool{false, true} {
			payload := fields(t, wire.AppendEvents([]byte("x"), events, upto, withStream)[1:])

			var views []json.RawMessage
			if err := json.Unmarshal(payload["events"], &views); err != nil || views == nil || len(views) != len(events) || len(payload) != 2 {
				t.Fatalf("got %s, %v", payload, err)
			}

			want := string(jsonOf(upto))
			if withStream {
				want = quote(event.PositionAt(upto).String())
			}

			if string(payload["upto"]) != want {
				t.Fatalf("upto is %s, want %s", payload["upto"], want)
			}

			for i := range events {
				checkView(t, views[i], &events[i], withStream)
			}
		}
	})
}

// checkView checks the view of an event with or without its stream.
func checkView(t fataler, view []byte, e *event.Event, withStream bool) {
	t.Helper()

	alone := wire.AppendTopicEvent(nil, e)
	if withStream {
		alone = wire.AppendEvent(nil, e)
	}

	if !bytes.Equal(view, alone) {
		t.Fatalf("got %s, want %s", view, alone)
	}

	with, without := fields(t, wire.AppendEvent(nil, e)), fields(t, wire.AppendTopicEvent(nil, e))
	if string(with["stream"]) == "" || len(with) != len(without)+1 || without["stream"] != nil {
		t.Fatalf("with stream %s, without %s", with, without)
	}
}
