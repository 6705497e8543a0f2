package pebble

import (
	"context"
	"iter"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"github.com/recountdev/recount/event"
)

// Streams implements store.Log.
func (l *log) Streams(ctx context.Context, category string, after event.Stream) iter.Seq2[event.Stream, error] {
	return func(yield func(event.Stream, error) bool) {
		// A category ends at the first colon, so none has one.
		for more := !strings.Contains(category, ":"); more; {
			names, err := l.streamsPage(ctx, category, after)
			for _, name := range names {
				if !yield(name, nil) {
					return
				}

				after = name
			}

			if err != nil {
				yield("", err)
				return
			}

			more = len(names) == chunkNames
		}
	}
}

// streamsPage returns up to chunkNames names that sort after one.
func (l *log) streamsPage(ctx context.Context, category string, after event.Stream) ([]event.Stream, error) {
	if err := l.enter(ctx); err != nil {
		return nil, err
	}
	defer l.leave()

	lower := []byte{streamKey}
	if category != "" {
		lower = append(append(lower, category...), ':')
	}

	it, err := l.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: keyAfter(lower)})
	if err != nil {
		return nil, readError(err, nil)
	}
	defer it.Close()

	durable := l.durable.Load()
	start := lower
	if after != "" {
		start = streamBounds(after).UpperBound
	}

	var names []event.Stream
	for ok := it.SeekGE(start); ok && len(names) < chunkNames; {
		name, version, whole := parseStreamKey(it.Key())
		position, known := parsePlace(it.Value())
		if !whole || !known || version != 1 {
			return names, damagedIndex(name, 1, "it is missing or no position")
		}

		stream := event.Stream(name)
		if position <= durable {
			names = append(names, stream)
		}

		ok = it.SeekGE(streamBounds(stream).UpperBound)
	}

	return names, readError(it.Error(), nil)
}
