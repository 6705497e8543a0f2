package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/recountdev/recount/fault"
)

// longestLine is the most bytes that a line of an import may have: an event with
// the most data there may be, in base64, with all its attributes.
const longestLine = 5 << 19

// line is a line of the input.
type line struct {
	number int
	text   []byte // without its end
	err    error  // why it cannot be used
}

// lineReader splits input into lines.
type lineReader struct {
	in     *bufio.Reader
	number int
	read   int64 // bytes so far
}

func newLineReader(in io.Reader) *lineReader {
	return &lineReader{in: bufio.NewReaderSize(in, 256<<10)}
}

// next returns the next line that is not blank. The error is io.EOF at the end,
// or says why the input cannot be read; a line that is too long is a line all
// the same.
func (r *lineReader) next() (line, error) {
	for {
		text, tooLong, err := r.readLine()
		if err != nil {
			return line{}, err
		}

		r.number++
		if r.number == 1 {
			text = bytes.TrimPrefix(text, []byte("\uFEFF"))
		}

		if tooLong {
			return line{number: r.number, err: fault.TooLarge("the line has more than %d bytes: an event of that size fits into no log", longestLine)}, nil
		}

		if len(bytes.TrimSpace(text)) > 0 {
			return line{number: r.number, text: text}, nil
		}
	}
}

// readLine returns a copy of the next line without its end. Of one that is too
// long it skips the rest.
func (r *lineReader) readLine() (text []byte, tooLong bool, err error) {
	for {
		part, err := r.in.ReadSlice('\n')
		r.read += int64(len(part))
		if len(text)+len(part) > longestLine+2 {
			tooLong, text = true, nil
		}

		if !tooLong {
			text = append(text, part...)
		}

		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(part) == 0 && len(text) == 0 && !tooLong:
			return nil, false, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return nil, false, err
		}

		return bytes.TrimRight(text, "\r\n"), tooLong, nil
	}
}
