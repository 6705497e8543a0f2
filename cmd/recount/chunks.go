package main

import (
	"context"
	"errors"
	"io"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/wire"
)

const (
	// chunkLines is how many lines are recorded in one append.
	chunkLines = 500
	// chunkBytes is how many bytes such an append may have before it ends.
	chunkBytes = 4 << 20
)

// entry is a line of the input with what is to be recorded.
type entry struct {
	line  int
	size  int
	batch store.Batch
}

// refusal says why a line was not recorded.
type refusal struct {
	line int
	err  error
}

// chunk is a part of the input.
type chunk struct {
	entries []entry
	refused []refusal
	lines   int   // of both kinds
	upto    int64 // bytes of the input that were read so far
	err     error // why there is no more, but for the end
}

// readChunks reads and parses the input in the background. It closes the channel
// at the end, or soon after ctx ended; but while it waits for input that does
// not come it cannot be interrupted, so nobody should wait for it then.
func readChunks(ctx context.Context, in io.Reader) <-chan chunk {
	chunks := make(chan chunk)
	go func() {
		defer close(chunks)

		lines := newLineReader(in)
		for {
			c, done := nextChunk(lines)
			select {
			case chunks <- c:
			case <-ctx.Done():
				return
			}

			if done {
				return
			}
		}
	}()

	return chunks
}

// nextChunk reads a chunk and reports whether it is the last. A chunk also ends
// where the next line would have to be waited for, so that lines which come
// slowly are recorded as they come.
func nextChunk(lines *lineReader) (c chunk, done bool) {
	size := 0
	for c.lines == 0 || c.lines < chunkLines && size < chunkBytes && lines.in.Buffered() > 0 {
		l, err := lines.next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				c.err = fault.Unavailable("the input cannot be read after line %d: %w", lines.number, err)
			}

			c.upto = lines.read

			return c, true
		}

		c.lines++
		size += len(l.text)
		c.add(l)
	}

	c.upto = lines.read

	return c, false
}

// add parses a line.
func (c *chunk) add(l line) {
	if l.err != nil {
		c.refused = append(c.refused, refusal{l.number, l.err})

		return
	}

	stream, draft, err := wire.ParseCloudEvent(l.text)
	if err != nil {
		c.refused = append(c.refused, refusal{l.number, err})

		return
	}

	c.entries = append(c.entries, entry{line: l.number, size: len(l.text), batch: store.Batch{Stream: stream, Drafts: []event.Draft{draft}}})
}
