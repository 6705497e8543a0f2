package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a configuration has at most. The parser takes time with the square of
// lines and depth.
const (
	maxFile   = 256 << 10 // bytes
	maxLines  = 5000
	maxLine   = 16 << 10 // bytes
	maxSchema = 1 << 20  // bytes
	maxPEM    = 256 << 10
	maxDepth  = 20
)

// readFile reads a file that is not larger than so many bytes, and no device or
// pipe, which might never end.
func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, withoutPath(err)
	}

	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no file")
	}

	file, err := os.Open(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer file.Close()

	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, withoutPath(err)
	}

	if int64(len(data)) > limit {
		return nil, fmt.Errorf("it has more than %d KiB: make it smaller", limit>>10)
	}

	return data, nil
}

// withoutPath returns what went wrong with a file; who tells it names the file.
func withoutPath(err error) error {
	if at, ok := errors.AsType[*os.PathError](err); ok {
		return at.Err
	}

	return err
}

// source is the text of the file.
type source struct {
	text  string // with \n alone between lines
	lines []string
}

// line returns a line, from 1; "" if there is none.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}

	return s.lines[n-1]
}

// newSource looks at the text as such: its encoding, its size, its lines.
func (l *loader) newSource(data []byte) source {
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		l.problemf(place{line: 1, column: 1}, "the file is encoded as UTF-16: save it as UTF-8")

		return source{}
	}

	text := strings.TrimPrefix(string(data), "\ufeff")
	text = strings.ReplaceAll(text, "\r\n", "\n")

	s := source{text: text, lines: strings.Split(text, "\n")}
	l.source = s // so that problems can show a line

	if len(s.lines) > maxLines+1 {
		l.problemf(place{line: maxLines + 1, column: 1}, "the file has more than %d lines: make it smaller", maxLines)

		return s
	}

	for i, line := range s.lines {
		l.checkLine(i+1, line)
	}

	return s
}

// checkLine says what no line may have.
func (l *loader) checkLine(n int, line string) {
	if len(line) > maxLine {
		l.problemf(place{line: n, column: 1}, "the line has %d bytes, the limit is %d: break it", len(line), maxLine)

		return
	}

	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	if at := strings.IndexByte(indent, '\t'); at >= 0 && len(indent) < len(line) {
		l.problemf(place{line: n, column: at + 1}, "a tab indents the line: YAML takes spaces only")
	}

	column := 0
	for i, r := range line {
		column++
		_, size := utf8.DecodeRuneInString(line[i:])

		switch {
		case r == utf8.RuneError && size == 1:
			l.problemf(place{line: n, column: column}, "a byte here is not UTF-8: save the file as UTF-8")

			return
		case r != '\t' && unicode.IsControl(r), r == '\u2028', r == '\u2029', r == '\ufeff':
			l.problemf(place{line: n, column: column}, "the character %U cannot be seen: take it out", r)

			return
		}
	}
}
