package main

import (
	"context"
	"errors"
	"hash/maphash"
	"math"
	"sort"
	"strings"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// mostAtomic is how many bytes of lines an atomic import holds in memory.
const mostAtomic = 256 << 20

// never is an expectation that no stream fulfils.
func never() store.Expectation { return store.Exactly(math.MaxUint64) }

// atomic records all lines in one append, or none. It asks the log about every
// line first, so that all that are wrong by themselves are reported, and those
// that are there already can be left out.
func (im *importer) atomic(ctx context.Context) error {
	var (
		fresh []entry
		held  int
	)

	seen := mentions{seed: maphash.MakeSeed(), first: make(map[event.ID]mention)}
	err := im.chunks(ctx, func(c *chunk) error {
		entries, refused := im.withoutRepeats(c.entries, &seen)
		added, unfit, err := im.probe(ctx, entries)
		if err != nil {
			return err
		}

		im.refuse(append(append(c.refused, refused...), unfit...))
		for i := range added {
			held += added[i].size
		}

		if held > mostAtomic {
			return fault.TooLarge("the input has more than %d MiB of new lines, which is the most that --atomic holds: split it, or import without --atomic", mostAtomic>>20)
		}

		fresh = append(fresh, added...)

		return nil
	})
	if err != nil || im.sum.Refused > 0 || len(fresh) == 0 {
		return err
	}

	// Once begun it is finished, so that nobody has to guess what became of it.
	_, err = im.log.Append(context.WithoutCancel(ctx), batchesOf(fresh)...)
	if err != nil && aboutContent(err) {
		im.refuse([]refusal{{im.culprit(ctx, fresh), unplaced(err)}})

		return nil
	}

	if err == nil {
		im.sum.Imported = uint64(len(fresh))
	}

	return err
}

// mentions are the IDs that stand in the input, and what was said under them.
type mentions struct {
	seed  maphash.Seed
	first map[event.ID]mention
}

type mention struct {
	line    int
	content uint64 // a hash
}

// withoutRepeats leaves out entries whose ID an earlier line has, and refuses
// those that say something else under it.
func (im *importer) withoutRepeats(entries []entry, seen *mentions) (kept []entry, refused []refusal) {
	for i := range entries {
		e := &entries[i]
		id := e.batch.Drafts[0].ID
		content := e.hash(seen.seed)
		first, again := seen.first[id]
		switch {
		case !again:
			seen.first[id] = mention{e.line, content}
			kept = append(kept, *e)
		case first.content == content:
			im.sum.Known++
		default:
			refused = append(refused, refusal{e.line, fault.Conflict("id %s stands on line %d already, with other content: use a new id for a new event", id, first.line)})
		}
	}

	return kept, refused
}

// hash returns a hash of what must be the same under the same ID.
func (e *entry) hash(seed maphash.Seed) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)

	draft := &e.batch.Drafts[0]
	for _, name := range []string{string(e.batch.Stream), draft.Type, draft.Subject} {
		_, _ = h.WriteString(name) // never fails
		_ = h.WriteByte(0)         // nor does this
	}

	_, _ = h.Write(draft.Data) // nor this

	return h.Sum64()
}

// probe asks the log about entries without recording anything: it looks at IDs
// first, and in the end refuses for the sake of an expectation that never
// holds. It returns the entries that are new and fit.
func (im *importer) probe(ctx context.Context, entries []entry) (fresh []entry, refused []refusal, err error) {
	if len(entries) == 0 || ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}

	switch known, err := im.ask(ctx, entries); {
	case err == nil && known:
		im.sum.Known += uint64(len(entries))

		return nil, nil, nil
	case err == nil:
		return entries, nil, nil
	case !aboutContent(err):
		return nil, nil, err
	case len(entries) == 1:
		return nil, []refusal{{entries[0].line, unplaced(err)}}, nil
	}

	refused, err = halves(entries, func(half []entry) ([]refusal, error) {
		added, unfit, err := im.probe(ctx, half)
		fresh = append(fresh, added...)

		return unfit, err
	})

	return fresh, refused, err
}

// ask reports whether the log knows all of the entries. The error says why they
// cannot be recorded together.
func (im *importer) ask(ctx context.Context, entries []entry) (known bool, err error) {
	last := entries[len(entries)-1].batch.Stream
	check := store.Batch{Stream: last, Expect: never()}
	_, err = im.log.Append(ctx, append(batchesOf(entries), check)...)
	if conflict, ok := errors.AsType[*store.ConflictError](err); ok && conflict.Expected == never() {
		return false, nil
	}

	return err == nil, err
}

// culprit returns the first line that keeps the entries from being recorded
// together, though each of them could be.
func (im *importer) culprit(ctx context.Context, entries []entry) int {
	before := sort.Search(len(entries)-1, func(n int) bool {
		_, err := im.ask(ctx, entries[:n+1])

		return err != nil
	})

	return entries[before].line
}

// unplaced takes the place within an append out of an error: the number of the
// line says it better.
func unplaced(err error) error {
	if inner := errors.Unwrap(err); inner != nil && strings.HasPrefix(err.Error(), "batch ") {
		return inner
	}

	return err
}
