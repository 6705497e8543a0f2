package store

import (
	"context"
	"iter"
	"time"

	"github.com/recountdev/recount/event"
)

// Log is the durable truth: all streams, and the feed of all their events.
//
// All methods are safe for concurrent use. A context that ends, ends the call
// soon, with an error that wraps the context's. After Close every call fails
// with fault.CodeUnavailable; nothing panics. Events are shared: callers must
// not modify their bytes.
type Log interface {
	// Append records all batches or none, in the order given.
	//
	// When it returns nil, the events survive a power cut and every reader sees
	// them; until then nobody does. The caller may reuse the drafts' memory as
	// soon as Append returned.
	//
	// IDs are looked at before expectations. If every draft of the append has
	// an ID that its stream knows, with the same content (type, data, subject),
	// nothing is recorded, and the receipt is that of the first time, with
	// Repeated set. If only some are known, or one is known with other content
	// or in another stream, the append fails with a *DuplicateError, without
	// recording anything. The log remembers IDs for ever.
	//
	// Then the batches are checked one after another, each against what those
	// before it leave behind: its expectation, where the first that does not
	// hold fails the append with a *ConflictError; then the recorded times that
	// its drafts keep, where one that lies before that of the stream's last
	// event fails it with fault.CodeInvalid.
	//
	// Wrong input fails with fault.CodeInvalid, input over a limit with
	// fault.CodeTooLarge; the message names batch, draft and field.
	//
	// If the outcome is unknown, because the context ended or the log stopped
	// in the middle, the error has fault.CodeUnavailable or wraps the
	// context's; a retry with the same IDs finds out.
	Append(ctx context.Context, batches ...Batch) (Receipt, error)

	// Read yields the events of one stream, in the order of versions or
	// backward. It sees every event that was recorded before the call; it may
	// or may not see later ones. A stream without events yields nothing; a name
	// that no stream can have fails, here and in Head, as it does in Append. A
	// damaged event ends the sequence with an error that names the place.
	Read(ctx context.Context, stream event.Stream, r Range) iter.Seq2[event.Event, error]

	// Feed yields pages of the events after a position, in the order in which
	// they were recorded, without gap or repeat, filtered. Every page's Upto
	// is greater than that of the page before, except that the first page may
	// be empty and have the position asked for. The first page that reaches
	// the end of the log has Live set; without Follow it is the last. With
	// Follow the sequence then waits for events and never ends by itself. It
	// holds no lock and no resource between pages, so the consumer may take
	// its time, and delays nobody.
	//
	// A position beyond the end of the log fails with fault.CodeGone.
	Feed(ctx context.Context, after event.Position, f Filter) iter.Seq2[Page, error]

	// Head returns the version of a stream; 0 if there is no such stream.
	Head(ctx context.Context, stream event.Stream) (event.Version, error)

	// Streams yields the names of the streams of a category ("" means all) that
	// sort after a name, in the order of their bytes.
	Streams(ctx context.Context, category string, after event.Stream) iter.Seq2[event.Stream, error]

	// Find returns where the event with an ID stands, whether a caller gave the
	// ID or the log made it. It sees every event that was recorded before the
	// call. An ID that no event has fails with fault.CodeNotFound; what cannot
	// be an ID fails as it does in Append. It takes a few lookups, however large
	// the log is, also where there is no such event.
	Find(ctx context.Context, id event.ID) (Place, error)

	// State returns the log's identity and its end.
	State(ctx context.Context) (State, error)

	// Close ends all calls and releases what the log holds. Appends that were
	// already accepted are finished first, unless ctx ends. Then Close fails,
	// and goes on in the background. A second Close returns nil.
	Close(ctx context.Context) error
}

// Place says where an event stands.
type Place struct {
	// Stream is the stream that the event belongs to.
	Stream event.Stream
	// Version is the event's place in its stream.
	Version event.Version
	// Position is the event's place in the whole log.
	Position event.Position
}

// State says which log this is and how far it goes.
type State struct {
	// Epoch names the log: made when it was created, and anew at every restore.
	// Positions and versions of different epochs must not be compared.
	Epoch string
	// Head is the position of the last event.
	Head event.Position
}

// Range says which part of a stream to read. The zero value reads all of it.
type Range struct {
	// From is the first version to yield. Defaults to the first event, or, if
	// Backward, to the last; going backward from beyond the last event also
	// starts there.
	From event.Version
	// Until leaves out what was recorded after that time. Defaults to no limit.
	Until time.Time
	// Limit is the most events to yield. Defaults to no limit.
	Limit int
	// Backward yields the latest first. Defaults to false.
	Backward bool
}

// Page is a part of the feed.
type Page struct {
	// Events are those that the filter let through, in order of position. The
	// slice is shared with other readers and must not be modified.
	Events []event.Event
	// Upto is the position that the page covers, also where the filter let
	// nothing through: the place to go on after.
	Upto event.Position
	// Live says that Upto was the end of the log when the page was made.
	Live bool
}
