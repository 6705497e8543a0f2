package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

const (
	// patience is how long a case waits for what has to come soon.
	patience = 30 * time.Second
	// endless is more than any case has of anything.
	endless = 1 << 20
)

// trial is one case on its own store. Its methods end the case if the store
// fails where it may not, so they are for the goroutine of the case alone.
type trial struct {
	*testing.T

	log   store.Log
	marks store.Marks
	relay store.Relay
	open  func(t *testing.T) store.Backend
}

// another returns a trial of the same case on another new store.
func (tr *trial) another() *trial {
	tr.Helper()

	return opened(tr.T, tr.open)
}

// soon returns a context that ends calls that hang.
func (tr *trial) soon() context.Context {
	ctx, cancel := context.WithTimeout(tr.Context(), patience)
	tr.Cleanup(cancel)

	return ctx
}

// record appends.
func (tr *trial) record(batches ...store.Batch) store.Receipt {
	tr.Helper()

	receipt, err := tr.log.Append(tr.soon(), batches...)
	if err != nil {
		tr.Fatalf("append: %v", err)
	}

	if len(receipt.Batches) != len(batches) {
		tr.Fatalf("append of %d batches: the receipt has %d", len(batches), len(receipt.Batches))
	}

	return receipt
}

// refused appends what the log has to refuse with a code, without recording
// anything, and returns the message.
func (tr *trial) refused(code fault.Code, batches ...store.Batch) string {
	tr.Helper()

	return tr.failure(code, batches...).Error()
}

// failure is refused for those who want the error itself.
func (tr *trial) failure(code fault.Code, batches ...store.Batch) error {
	tr.Helper()

	before := tr.state().Head
	receipt, err := tr.log.Append(tr.soon(), batches...)
	if err == nil {
		tr.Fatalf("append was to fail with %s, but returned %+v", code, receipt)
	}

	if got := fault.Of(err); got != code {
		tr.Fatalf("append failed with %s, want %s: %v", got, code, err)
	}

	if after := tr.state().Head; after != before {
		tr.Fatalf("append failed (%v), but moved the end of the log from %s to %s", err, before, after)
	}

	return err
}

func (tr *trial) head(stream event.Stream) event.Version {
	tr.Helper()

	version, err := tr.log.Head(tr.soon(), stream)
	if err != nil {
		tr.Fatalf("head of %s: %v", stream, err)
	}

	return version
}

func (tr *trial) state() store.State {
	tr.Helper()

	state, err := tr.log.State(tr.soon())
	if err != nil {
		tr.Fatalf("state: %v", err)
	}

	return state
}

func (tr *trial) read(stream event.Stream, r store.Range) []event.Event {
	tr.Helper()

	events, err := all(tr.log.Read(tr.soon(), stream, r))
	if err != nil {
		tr.Fatalf("read %s %+v: %v", stream, r, err)
	}

	return events
}

// pages reads the feed to its end.
func (tr *trial) pages(after event.Position, f store.Filter) []store.Page {
	tr.Helper()

	f.Follow = false
	pages, err := all(tr.watch(tr.soon(), after, f))
	if err != nil {
		tr.Fatalf("feed after %s: %v", after, err)
	}

	if len(pages) == 0 {
		tr.Fatalf("feed after %s has no page, want one that is live", after)
	}

	return pages
}

// feed reads the events of the feed to its end.
func (tr *trial) feed(after event.Position, f store.Filter) []event.Event {
	tr.Helper()

	var events []event.Event
	for _, p := range tr.pages(after, f) {
		events = append(events, p.Events...)
	}

	return events
}

func (tr *trial) streams(category string, after event.Stream) []event.Stream {
	tr.Helper()

	names, err := all(tr.log.Streams(tr.soon(), category, after))
	if err != nil {
		tr.Fatalf("streams of %q after %q: %v", category, after, err)
	}

	return names
}

// wantStreams checks the names of the streams of a category.
func (tr *trial) wantStreams(category string, after event.Stream, want ...event.Stream) {
	tr.Helper()

	if got := tr.streams(category, after); !slices.Equal(got, want) {
		tr.Errorf("streams of %q after %q: got %q, want %q", category, after, got, want)
	}
}

// wantEvents checks that events are the same as others, in every part.
func (tr *trial) wantEvents(what string, got, want []event.Event) {
	tr.Helper()

	for i := range min(len(got), len(want)) {
		if d := difference(&got[i], &want[i]); d != "" {
			tr.Fatalf("%s: event %d of %d: %s", what, i+1, len(want), d)
		}
	}

	if len(got) != len(want) {
		tr.Fatalf("%s: got %d events, want %d", what, len(got), len(want))
	}
}

// wantRecorded checks that a stream holds events made from drafts, and nothing
// else, and returns them.
func (tr *trial) wantRecorded(stream event.Stream, drafts ...event.Draft) []event.Event {
	tr.Helper()

	events := tr.read(stream, store.Range{})
	if len(events) != len(drafts) {
		tr.Fatalf("stream %s has %d events, want %d", stream, len(events), len(drafts))
	}

	for i := range events {
		if d := departure(&events[i], &drafts[i]); d != "" {
			tr.Fatalf("stream %s: event %d: %s", stream, i+1, d)
		}

		if e := &events[i]; e.Stream != stream || e.Version != event.Version(i)+1 {
			tr.Fatalf("stream %s: event %d is %s version %d", stream, i+1, e.Stream, e.Version)
		}
	}

	return events
}
