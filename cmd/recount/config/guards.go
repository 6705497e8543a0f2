package config

import (
	"errors"
	"strings"

	"github.com/recountdev/recount/auth"
)

// guard reads and compiles an expression.
func (l *loader) guard(n *node, operation string) auth.Guard {
	switch n.kind {
	case scalar:
	case nothing:
		l.problemf(n.at, `%s has no expression: write "true" to allow everything, "false" to refuse it`, operation)

		return nil
	case unreadable:
		return nil
	default:
		l.problemf(n.at, "%s takes an expression in quotes, not %s", operation, n.kind)

		return nil
	}

	guard, err := auth.CEL(n.text)
	if mistake, ok := errors.AsType[*auth.Mistake](err); ok && mistake.Line > 0 {
		l.problemf(l.inside(n, mistake.Line, mistake.Column), "%s: %s", operation, mistake.Problem)

		return nil
	}

	if err != nil {
		l.problemf(n.at, "%s: %v", operation, err)

		return nil
	}

	return guard
}

// inside returns where a place inside a value stands in the file; the beginning
// of the value if the file has the value otherwise than it is read.
func (l *loader) inside(n *node, line, column int) place {
	lines := strings.Split(n.text, "\n")
	if line < 1 || line > len(lines) {
		return n.at
	}

	before := []rune(lines[line-1])
	before = before[:min(max(column-1, 0), len(before))]

	at := n.at
	switch n.style {
	case quotedStyle:
		at.column++
	case blockStyle:
		at = l.insideBlock(n, line)
	case plainStyle:
	}

	if n.style != blockStyle && line > 1 {
		return n.at
	}

	// The file has to have there what stands before the place.
	written := []rune(l.source.line(at.line))
	from := at.column - 1
	if from > len(written) || !strings.HasPrefix(string(written[from:]), string(before)) {
		return n.at
	}

	at.column += len(before)

	return at
}

// insideBlock returns where a line of a block begins.
func (l *loader) insideBlock(n *node, line int) place {
	indent := 0
	for at := n.at.line + 1; at <= len(l.source.lines); at++ {
		if text := l.source.line(at); strings.TrimSpace(text) != "" {
			indent = len(text) - len(strings.TrimLeft(text, " "))

			break
		}
	}

	return place{line: n.at.line + line, column: indent + 1}
}
