package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// Point is a moment in the history of a stream: a version, or a time. The zero
// value is now. Both at once are no point.
type Point struct {
	// Version is that of the last event before the moment.
	Version event.Version
	// Time leaves out what was recorded after it.
	Time time.Time
}

// Check says what is wrong with a point, if anything is.
func (p Point) Check() error {
	if p.Version > 0 && !p.Time.IsZero() {
		return fault.Invalid("version %d and time %s are two points: give one of them", p.Version, timeText(p.Time))
	}

	return nil
}

// How much of a history is copied in one append, well below what an append may
// have: others append in between.
const (
	forkEvents = 500
	forkBytes  = 4 << 20
)

// Fork copies the history of a stream up to a point into a new stream, and
// returns the version up to which it goes, which is the same in both.
//
// A copy has everything of its event, times included, byte for byte, but for
// its ID, its origin, which is event.Forked, and $command in its meta, which
// is left out. The meta of the first copy says where the history comes from, in
// place of what its event says of that:
//
//	"$fork":{"stream":"meeting:42","version":17}
//
// If that makes the meta too large for the log, it is left out, and a call that
// is repeated goes by its own point.
//
// A long history takes several appends, so readers may see a part of it. IDs
// follow from both streams and the version. So a fork that was cut off, by a
// power cut or because ctx ended, can be called again, and goes on; one that is
// complete answers as before, also if the new stream has gone on since. For a
// call that is repeated, now is the point of the first call, as $fork says.
// Several may call at once.
//
// Fails with fault.CodeNotFound if there is no such stream, or was none at that
// time; with CodeGone if the version lies beyond its last event; with
// CodeConflict if the new stream has events that are not of this fork; with
// CodeInvalid for a point, a stream or a target that cannot be: the stream
// itself is none, nor are those of the system.
func Fork(ctx context.Context, log Log, from, to event.Stream, at Point) (event.Version, error) {
	if err := checkFork(from, to, at); err != nil {
		return 0, err
	}

	f := &fork{log: log, from: from, to: to}

	until, err := f.resolve(ctx, at)
	if err != nil {
		return 0, err
	}

	for {
		done, end, err := f.look(ctx, until, at == Point{})
		if err != nil {
			return 0, err
		}

		if done == end {
			return end, nil
		}

		err = f.copy(ctx, done, end)
		if err == nil {
			continue // somebody else may have been there first
		}

		if fault.Of(err) == fault.CodeConflict {
			now, _, lookErr := f.look(ctx, until, at == Point{})
			if lookErr != nil {
				return 0, lookErr // says more
			}

			if now > done {
				continue // somebody else is at it, too
			}
		}

		return 0, fmt.Errorf("fork %s into %s: %w", from, to, err)
	}
}

func checkFork(from, to event.Stream, at Point) error {
	switch {
	case from == to:
		return fault.Invalid("stream %s cannot be forked into itself: name another one", from)
	case to.IsSystem():
		return fault.Invalid("stream %s is the system's own: fork into one whose category does not begin with $", to)
	default:
		return at.Check()
	}
}

// fork is a fork under way.
type fork struct {
	log      Log
	from, to event.Stream
}

// resolve returns the version at a point of the stream that is forked.
func (f *fork) resolve(ctx context.Context, at Point) (event.Version, error) {
	head, err := f.log.Head(ctx, f.from)

	switch {
	case err != nil:
		return 0, err
	case head == 0:
		return 0, fault.NotFound("there is no stream %s: nothing can be forked", f.from)
	case at.Version > head:
		return 0, fault.Gone("stream %s ends at version %d, it has no version %d: fork it at one that it has", f.from, head, at.Version)
	case at.Version > 0:
		return at.Version, nil
	case at.Time.IsZero():
		return head, nil
	}

	last, err := f.one(ctx, f.from, Range{Until: at.Time, Backward: true, Limit: 1})
	if err != nil {
		return 0, err
	}

	if last.Version == 0 {
		return 0, fault.NotFound("stream %s has no events from %s or before: fork it at a later time", f.from, timeText(at.Time))
	}

	return last.Version, nil
}

// look returns how far the new stream is copied, and how far it is to be: that is
// until, or, if that is now, as far as the first call wanted.
func (f *fork) look(ctx context.Context, until event.Version, isNow bool) (done, end event.Version, err error) {
	first, err := f.one(ctx, f.to, Range{Limit: 1})
	if err != nil || first.Version == 0 {
		return 0, until, err
	}

	if !f.isCopy(&first) {
		return 0, 0, fault.Conflict("stream %s exists, and is no fork of %s: fork into a new one", f.to, f.from)
	}

	end = until
	if noted := notedFork(first.Meta.Extra).Version; noted > 0 {
		end = noted
	} else if err := f.endsAt(ctx, until); err != nil {
		return 0, 0, err
	}

	if end != until && !isNow {
		return 0, 0, fault.Conflict("stream %s is a fork of %s at version %d, not %d: fork into a new one", f.to, f.from, end, until)
	}

	last, err := f.one(ctx, f.to, Range{From: end, Backward: true, Limit: 1})
	if err != nil {
		return 0, 0, err
	}

	if !f.isCopy(&last) {
		return 0, 0, fault.Conflict("stream %s has events that are not of %s, from before all was copied, such as version %d: fork into a new one", f.to, f.from, last.Version)
	}

	return last.Version, end, nil
}

// endsAt fails if the new stream has copies beyond a version.
func (f *fork) endsAt(ctx context.Context, v event.Version) error {
	next, err := f.one(ctx, f.to, Range{From: v + 1, Limit: 1})
	if err == nil && f.isCopy(&next) {
		err = fault.Conflict("stream %s is a fork of %s at a version beyond %d: fork into a new one", f.to, f.from, v)
	}

	return err
}

// isCopy reports whether an event of the new stream is one that this fork made.
func (f *fork) isCopy(e *event.Event) bool {
	return e.Origin == event.Forked && e.ID == f.id(e.Version)
}

// one returns the first event of a range; the zero event if there is none.
func (f *fork) one(ctx context.Context, stream event.Stream, r Range) (event.Event, error) {
	for e, err := range f.log.Read(ctx, stream, r) {
		return e, err
	}

	return event.Event{}, nil
}

// copy copies the events after a version, up to another, until it finds that
// somebody else does the same.
func (f *fork) copy(ctx context.Context, done, end event.Version) error {
	var (
		drafts []event.Draft
		size   int
	)

	for e, err := range f.log.Read(ctx, f.from, Range{From: done + 1, Limit: int(end - done)}) {
		if err != nil {
			return err
		}

		d := f.draft(&e, end)
		drafts = append(drafts, d)
		size += len(d.Data) + d.Meta.Size()

		if len(drafts) < forkEvents && size < forkBytes && e.Version < end {
			continue
		}

		others, err := f.record(ctx, done, drafts)
		if err != nil || others {
			return err
		}

		done, drafts, size = e.Version, drafts[:0], 0
	}

	if done < end {
		return fault.Internal("stream %s ends before version %d, which it had: look for damage", f.from, done+1)
	}

	return nil
}

// record appends copies after a version, and reports whether somebody else had
// done so. A log may take less at once than is usual.
func (f *fork) record(ctx context.Context, after event.Version, drafts []event.Draft) (others bool, err error) {
	receipt, err := f.log.Append(ctx, Batch{Stream: f.to, Expect: Exactly(after), Drafts: drafts})
	if fault.Of(err) != fault.CodeTooLarge {
		return receipt.Repeated, err
	}

	if half := len(drafts) / 2; half > 0 {
		if others, err := f.record(ctx, after, drafts[:half]); err != nil || others {
			return others, err
		}

		return f.record(ctx, after+event.Version(half), drafts[half:])
	}

	bare := withoutMember(drafts[0].Meta.Extra, forkKey)
	if after > 0 || len(bare) == len(drafts[0].Meta.Extra) {
		return false, err
	}

	drafts[0].Meta.Extra = bare

	return f.record(ctx, after, drafts)
}

// draft returns the copy of an event.
func (f *fork) draft(e *event.Event, end event.Version) event.Draft {
	d := e.Draft(event.Forked)
	d.ID = f.id(e.Version)
	d.Meta.Extra = withoutMember(d.Meta.Extra, commandKey)

	if e.Version == 1 {
		d.Meta.Extra = withFork(withoutMember(d.Meta.Extra, forkKey), forkNote{Stream: f.from, Version: end})
	}

	return d
}

// id returns the ID of a copy: a UUIDv8 (RFC 9562) made of a hash, so that only
// the same copy has it. Streams have no control characters, so a zero byte ends
// them.
func (f *fork) id(v event.Version) event.ID {
	sum := sha256.Sum256([]byte("fork\x00" + string(f.to) + "\x00" + string(f.from) + "\x00" + strconv.FormatUint(uint64(v), 10)))
	u := event.UUID(sum[:16])
	u[6] = 0x80 | u[6]&0x0f
	u[8] = 0x80 | u[8]&0x3f

	return u.ID()
}

func timeText(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }
