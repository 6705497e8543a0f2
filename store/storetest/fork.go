package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

func forkCases() []testCase {
	const (
		copies = "Fork copies the history of a stream up to a point into a new stream"
		again  = "So a fork that was cut off, by a power cut or because ctx ended, can be called again, and goes on"
	)

	return []testCase{
		{"the copies are the history", copies, forkAny},
		{"a long history", "A long history takes several appends, so readers may see a part of it.", forkLong},
		{"one that was cut off goes on", again, forkCutOff},
		{"many at once", "Several may call at once.", forkAtOnce},
	}
}

// asCopies returns the events as they should stand in a fork.
func asCopies(events []event.Event, end event.Version) []event.Draft {
	drafts := make([]event.Draft, 0, end)
	for i := range events[:end] {
		d := events[i].Draft(event.Forked)
		d.ID = ""
		drafts = append(drafts, d)
	}

	note := fmt.Sprintf(`"$fork":{"stream":%q,"version":%d}}`, events[0].Stream, end)
	if extra := drafts[0].Meta.Extra; len(extra) > 2 {
		note = string(extra[:len(extra)-1]) + "," + note
	} else {
		note = "{" + note
	}

	drafts[0].Meta.Extra = json.RawMessage(note)

	return drafts
}

// forked forks, and checks what came of it.
func (tr *trial) forked(from, to event.Stream, at store.Point, want event.Version) {
	tr.Helper()

	got, err := store.Fork(tr.soon(), tr.log, from, to, at)
	if err != nil || got != want {
		tr.Fatalf("fork %s at %+v: version %d (%v), want %d", from, at, got, err, want)
	}

	events := tr.read(from, store.Range{})
	copied := tr.wantRecorded(to, asCopies(events, want)...)
	tr.wantPlaces(copied)
	tr.wantPlaces(events)
}

// forkAny forks random histories at random points.
func forkAny(tr *trial) {
	runs := 0

	rapid.Check(tr.T, func(t *rapid.T) {
		runs++
		from := event.Stream(fmt.Sprintf("meeting:%d", runs))

		drafts := rapid.SliceOfN(rapid.Custom(historic), 1, 30).Draw(t, "history")
		recorded := time.UnixMilli(1_800_000_000_000).UTC()
		for i := range drafts {
			recorded = recorded.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "later")) * time.Millisecond)
			drafts[i].Recorded = recorded
		}

		tr.record(to(from, drafts...))

		at, end := store.Point{}, event.Version(len(drafts))

		switch rapid.SampledFrom([]string{"now", "version", "time"}).Draw(t, "at") {
		case "version":
			end = event.Version(rapid.IntRange(1, len(drafts)).Draw(t, "version"))
			at.Version = end
		case "time":
			at.Time = drafts[rapid.IntRange(0, len(drafts)-1).Draw(t, "time")].Recorded
			for end > 0 && drafts[end-1].Recorded.After(at.Time) {
				end--
			}
		}

		tr.forked(from, from+"-fork", at, end)
		tr.forked(from, from+"-fork", at, end) // again
		tr.record(to(from+"-fork", fact(1)))

		if got, err := store.Fork(tr.soon(), tr.log, from, from+"-fork", at); err != nil || got != end {
			t.Fatalf("again, when the fork has gone on: version %d (%v), want %d", got, err, end)
		}

		if head := tr.head(from + "-fork"); head != end+1 {
			t.Fatalf("the fork has %d events, want %d and one more", head, end)
		}
	})
}

// historic draws an event of a history.
func historic(t *rapid.T) event.Draft {
	text := rapid.SampledFrom([]string{"", "a", "ü/\"\\\u2028"})
	d := event.Draft{
		Type:    rapid.SampledFrom([]string{"card_added", "$closed"}).Draw(t, "type"),
		Data:    []byte(rapid.SampledFrom([]string{"", "null", "{ \"n\" : 1.0 }", "\"\\u00e9\""}).Draw(t, "data")),
		Actor:   text.Draw(t, "actor"),
		Subject: text.Draw(t, "subject"),
		Time:    time.UnixMilli(rapid.Int64Range(1, 1e12).Draw(t, "time")),
		Meta: event.Meta{
			Correlation: text.Draw(t, "correlation"),
			Causation:   text.Draw(t, "causation"),
			Extra:       json.RawMessage(rapid.SampledFrom([]string{"", "{}", `{"a": 1,"a":2}`, `{"$x":{"$command":1}}`}).Draw(t, "extra")),
		},
		Origin: rapid.SampledFrom([]event.Origin{event.Imported, event.Copied, event.Forked}).Draw(t, "origin"),
	}

	if rapid.Bool().Draw(t, "not JSON") {
		d.ContentType, d.Data = "image/png", []byte{0, 0xff, '\n'}
	}

	return d
}

func forkLong(tr *trial) {
	for range 3 {
		tr.record(to("meeting:1", facts(1000)...))
	}

	tr.forked("meeting:1", "meeting:2", store.Point{}, 3000)
	tr.forked("meeting:1", "meeting:3", store.Point{Version: 1001}, 1001)
	tr.forked("meeting:1", "meeting:4", store.Point{Version: 501}, 501)

	large := event.Draft{Type: "picture_taken", ContentType: "image/png", Data: make([]byte, 1<<20)}
	for range 2 {
		tr.record(to("large:1", large, large, large, large, large, large, large, large, large, large))
	}

	tr.forked("large:1", "large:2", store.Point{}, 20)
}

// cutLog is a log whose power fails at an append: before it is recorded, or
// before the answer.
type cutLog struct {
	store.Log

	left   int
	before bool
}

func (l *cutLog) Append(ctx context.Context, batches ...store.Batch) (store.Receipt, error) {
	if l.left--; l.left >= 0 {
		return l.Log.Append(ctx, batches...)
	}

	if !l.before {
		if _, err := l.Log.Append(ctx, batches...); err != nil {
			return store.Receipt{}, err
		}
	}

	return store.Receipt{}, fault.Unavailable("the power failed")
}

func forkCutOff(tr *trial) {
	for range 2 {
		tr.record(to("meeting:1", facts(1000)...))
	}

	head := event.Version(2000)
	for appends := range 3 {
		for _, before := range []bool{true, false} {
			for name, at := range map[string]store.Point{"now": {}, "then": {Version: 1700}} {
				end := head
				if at.Version > 0 {
					end = at.Version
				}

				fork := event.Stream(fmt.Sprintf("fork:%d-%t-%s", appends, before, name))
				cut := &cutLog{Log: tr.log, left: appends, before: before}
				if _, err := store.Fork(tr.soon(), cut, "meeting:1", fork, at); fault.Of(err) != fault.CodeUnavailable {
					tr.Fatalf("cut off after %d appends: %v", appends, err)
				}

				if done := tr.head(fork); done == 0 && (appends > 0 || !before) || done > end {
					tr.Fatalf("cut off after %d appends: %d events", appends, done)
				} else if done > 0 {
					tr.record(to("meeting:1", fact(1))) // now is later
					head++
				} else if at.Version == 0 {
					end = head
				}

				tr.forked("meeting:1", fork, at, end)
			}
		}
	}
}

func forkAtOnce(tr *trial) {
	tr.record(to("meeting:1", facts(1000)...))
	tr.record(to("meeting:1", facts(700)...))

	var (
		done  sync.WaitGroup
		ends  atomic.Uint64
		start = make(chan struct{})
	)

	for range 8 {
		done.Go(func() {
			<-start

			if _, err := tr.log.Append(tr.soon(), to("meeting:1", fact(1))); err != nil {
				tr.Errorf("append: %v", err)
			}

			end, err := store.Fork(tr.soon(), tr.log, "meeting:1", "meeting:2", store.Point{})
			if err != nil || !ends.CompareAndSwap(0, uint64(end)) && ends.Load() != uint64(end) {
				tr.Errorf("fork: version %d (%v), others got %d", end, err, ends.Load())
			}
		})
	}

	close(start)
	done.Wait()

	if !tr.Failed() {
		tr.forked("meeting:1", "meeting:2", store.Point{}, event.Version(ends.Load()))
	}
}
