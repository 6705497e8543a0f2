package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// importCommand records events from CloudEvents.
type importCommand struct {
	Atomic bool `help:"Record nothing if any line is refused. Holds the whole input in memory, at most 256 MiB."`
}

// Help returns what the command's help says at length.
func (*importCommand) Help() string {
	return `Reads CloudEvents 1.0 in JSON, one a line, from the standard input. Events keep
their IDs, times and recorded times, and get versions and positions in the order
of the lines. Importing the same lines again changes nothing, so an import that
was interrupted can simply be repeated. A line that cannot be recorded is
reported with its number, and the rest is kept.

Events of other producers need specversion, id, source and type; the source is
"/" and the stream's name, as in "/meeting:42". Attributes that Recount does not
know go into the meta, under "cloudevents".

Examples:
  recount import < all.ndjson
  recount import --atomic < all.ndjson
  recount export | recount import --store pebble:copy`
}

// Run records the events.
func (c *importCommand) Run(ctx context.Context, s *session) error {
	o := backends.Options{}
	if c.Atomic {
		o.Limits = store.Limits{Events: mostAtomic, Bytes: mostAtomic} // one append, whatever its size
	}

	if isTerminal(s.in) {
		s.notef("reading lines from the terminal; Ctrl-D ends them")
	}

	return s.withStore(ctx, o, func(b store.Backend) error {
		im := &importer{log: b.Log, session: s, progress: s.startProgress("importing", inBytes), size: sizeOf(s.in), allOrNone: c.Atomic}
		defer im.progress.clear()

		work := im.each
		if c.Atomic {
			work = im.atomic
		}

		err := work(ctx)
		im.progress.clear()

		return im.conclude(ctx, err)
	})
}

// sizeOf returns the size of a file; 0 of other input.
func sizeOf(in io.Reader) int64 {
	file, ok := in.(*os.File)
	if !ok {
		return 0
	}

	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}

	return info.Size()
}

// imported says what became of the lines, as JSON.
type imported struct {
	Lines    uint64 `json:"lines"`
	Imported uint64 `json:"imported"`
	Known    uint64 `json:"known"`
	Refused  uint64 `json:"refused"`
}

// importer records lines.
type importer struct {
	log      store.Log
	session  *session
	progress *progress
	size     int64 // of the input, if anybody knows
	// allOrNone says that nothing is recorded if a line is refused.
	allOrNone bool
	sum       imported
}

// each records the lines, as far as they can be.
func (im *importer) each(ctx context.Context) error {
	return im.chunks(ctx, func(c *chunk) error {
		refused, err := im.record(ctx, c.entries)
		im.refuse(append(c.refused, refused...))

		return err
	})
}

// chunks does something with each chunk of the input, until ctx ends.
func (im *importer) chunks(ctx context.Context, do func(*chunk) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop() // ends the reading

	input := readChunks(ctx, im.session.in)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case c, more := <-input:
			if !more {
				return ctx.Err()
			}

			im.sum.Lines += uint64(c.lines)
			if err := cmp.Or(do(&c), c.err); err != nil {
				return err
			}

			im.progress.update(c.upto, im.size)
		}
	}
}

// record records entries in one append; if that is refused because of what some
// of them say, each half by itself. It returns those that were refused.
func (im *importer) record(ctx context.Context, entries []entry) ([]refusal, error) {
	if len(entries) == 0 || ctx.Err() != nil {
		return nil, ctx.Err()
	}

	// What has begun is finished, so that the summary is exact.
	receipt, err := im.log.Append(context.WithoutCancel(ctx), batchesOf(entries)...)
	switch {
	case err == nil && receipt.Repeated:
		im.sum.Known += uint64(len(entries))
	case err == nil:
		im.sum.Imported += uint64(len(entries))
	case !aboutContent(err):
		return nil, err
	case len(entries) == 1:
		return []refusal{{entries[0].line, err}}, nil
	default:
		return halves(entries, func(half []entry) ([]refusal, error) { return im.record(ctx, half) })
	}

	return nil, nil
}

// halves does something with the first half of entries, then with the other.
func halves(entries []entry, do func([]entry) ([]refusal, error)) ([]refusal, error) {
	middle := len(entries) / 2
	first, err := do(entries[:middle])
	if err != nil {
		return first, err
	}

	second, err := do(entries[middle:])

	return append(first, second...), err
}

// batchesOf returns a batch for each entry.
func batchesOf(entries []entry) []store.Batch {
	batches := make([]store.Batch, len(entries))
	for i := range entries {
		batches[i] = entries[i].batch
	}

	return batches
}

// aboutContent reports whether an append failed because of what it says, so that
// others may succeed.
func aboutContent(err error) bool {
	switch fault.Of(err) {
	case fault.CodeInvalid, fault.CodeTooLarge, fault.CodeConflict, fault.CodeRejected:
		return true
	default:
		return false
	}
}

// refuse reports lines that were refused, in order.
func (im *importer) refuse(refused []refusal) {
	if len(refused) == 0 {
		return
	}

	im.progress.clear()
	im.sum.Refused += uint64(len(refused))
	slices.SortFunc(refused, func(a, b refusal) int { return a.line - b.line })
	for _, r := range refused {
		im.session.complain(r.err, r.line)
	}
}

// conclude writes the summary. err is why the import ended early, if it did.
func (im *importer) conclude(ctx context.Context, err error) error {
	if showErr := im.summarize(); err == nil && showErr != nil {
		return showErr
	}

	switch {
	case err != nil && ctx.Err() != nil:
		im.session.complain(fault.Unavailable("interrupted: %s", im.afterwards()), 0)

		return errInterrupted
	case err != nil:
		return err
	case im.sum.Refused > 0:
		return errReported
	default:
		return nil
	}
}

// afterwards says what an interrupted import leaves.
func (im *importer) afterwards() string {
	if im.allOrNone && im.sum.Imported == 0 {
		return "nothing was imported"
	}

	return "what was imported stays, and the same import goes on where this one ended"
}

// summarize writes what became of the lines.
func (im *importer) summarize() error {
	if im.session.json {
		return writeJSON(im.session.out, im.sum)
	}

	_, err := fmt.Fprintf(im.session.out, "%s: %s imported, %s already there, %s refused\n",
		counted(im.sum.Lines, "line"), grouped(im.sum.Imported), grouped(im.sum.Known), grouped(im.sum.Refused))

	return err
}
