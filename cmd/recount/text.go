package main

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// writeJSON writes a value as one line of JSON.
func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)

	return encoder.Encode(value)
}

// oneLine returns text as a terminal may show it: line breaks and tabs become
// spaces; other control characters, which could change what the terminal does
// or in which order it shows text, and what is not UTF-8, become "?".
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return '?'
		default:
			return r
		}
	}, text)
}

// columnsOf returns how many columns of a terminal text takes.
func columnsOf(text string) int { return uniseg.StringWidth(text) }

// cut shortens text to a number of columns.
func cut(text string, columns int) string {
	if columnsOf(text) <= columns {
		return text
	}

	var kept strings.Builder
	graphemes := uniseg.NewGraphemes(text)
	for left := columns - 1; graphemes.Next(); {
		if left -= graphemes.Width(); left < 0 {
			break
		}

		kept.WriteString(graphemes.Str())
	}

	return kept.String() + "…"
}

// grouped returns a number with its digits in groups of three: 1,234,567.
func grouped(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}

	return text
}

// counted returns a number with its noun, which gets an s unless there is one.
func counted(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}

	return grouped(n) + " " + noun + "s"
}
