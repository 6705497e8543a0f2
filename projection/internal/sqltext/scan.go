// Package sqltext reads SQL as tokens, as far as SQLite and PostgreSQL agree on
// them: enough to find placeholders, names and the ends of statements, and to
// leave strings and comments alone. It knows no grammar.
package sqltext

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what a token is.
type Kind uint8

// The kinds.
const (
	// Space is white space, or a comment.
	Space Kind = iota
	// Word is a keyword or a name without quotes.
	Word
	// Quoted is a name in double quotes.
	Quoted
	// String is a text in quotes or dollar quotes.
	String
	// Number is a number.
	Number
	// Param is the placeholder ?.
	Param
	// Punct is any other character.
	Punct
)

// Token is a part of a text.
type Token struct {
	Kind Kind
	// Text is the token as it stands there.
	Text string
}

// Name returns what a Word or a Quoted names: a Word in lower case, a Quoted
// without its quotes.
func (t Token) Name() string {
	if t.Kind == Quoted {
		return strings.ReplaceAll(t.Text[1:len(t.Text)-1], `""`, `"`)
	}

	return strings.ToLower(t.Text)
}

// Is reports whether the token is a word or a character, in lower case.
func (t Token) Is(text string) bool {
	return (t.Kind == Word || t.Kind == Punct) && strings.EqualFold(t.Text, text)
}

// Scan returns all tokens of a text; put together they are the text. It fails
// if something is not closed, and for what the databases read differently.
func Scan(text string) ([]Token, error) {
	tokens := make([]Token, 0, 8+len(text)/4)
	for at := 0; at < len(text); {
		kind, n, err := next(text[at:])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", 1+strings.Count(text[:at], "\n"), err)
		}

		tokens = append(tokens, Token{kind, text[at : at+n]})
		at += n
	}

	return tokens, nil
}

// next returns the kind and the length of the token that a text begins with.
func next(text string) (Kind, int, error) {
	switch c := text[0]; {
	case c == 0:
		return Punct, 0, errors.New("there is a zero byte: take it out")
	case isSpace(c):
		return Space, span(text, isSpace), nil
	case strings.HasPrefix(text, "--"):
		if end := strings.IndexByte(text, '\n'); end >= 0 {
			return Space, end + 1, nil
		}

		return Space, len(text), nil
	case strings.HasPrefix(text, "/*"):
		n, err := comment(text)

		return Space, n, err
	case (c == 'e' || c == 'E') && len(text) > 1 && text[1] == '\'':
		return String, 0, errors.New("there is a string with the sign E, which only PostgreSQL knows: give the text as an argument")
	case (c == 'u' || c == 'U') && len(text) > 2 && text[1] == '&' && (text[2] == '\'' || text[2] == '"'):
		return String, 0, fmt.Errorf("there is %s, which stands before escapes that only PostgreSQL knows: write the characters themselves", text[:3])
	case isLetter(c):
		return Word, span(text, func(c byte) bool { return isLetter(c) || isDigit(c) || c == '$' }), nil
	case isDigit(c):
		return Number, span(text, func(c byte) bool { return isLetter(c) || isDigit(c) || c == '.' }), nil
	case c == '\'':
		n, err := quoted(text, "string")

		return String, n, err
	case c == '"':
		n, err := quoted(text, "name")

		return Quoted, n, err
	case c == '`':
		return Quoted, 0, errors.New("there is a name in backquotes: put it in double quotes")
	case c == '$':
		n, err := dollar(text)

		return String, n, err
	case c == '?':
		if len(text) > 1 && (isDigit(text[1]) || text[1] == '|' || text[1] == '&') {
			return Param, 0, fmt.Errorf("there is %s: only ? alone is a placeholder", text[:2])
		}

		return Param, 1, nil
	default:
		return Punct, 1, nil
	}
}

// comment returns the length of the comment that a text begins with.
func comment(text string) (int, error) {
	end := strings.Index(text[2:], "*/")
	switch {
	case end < 0:
		return 0, errors.New("a comment is not closed: end it with */")
	case strings.Contains(text[2:2+end], "/*"):
		return 0, errors.New("a comment stands in a comment, which the databases read differently: take it out")
	default:
		return 2 + end + 2, nil
	}
}

// quoted returns the length of what a text begins with, from quote to quote. A
// quote in it is doubled.
func quoted(text, what string) (int, error) {
	for at := 1; at < len(text); at++ {
		if text[at] != text[0] {
			continue
		}

		if at+1 == len(text) || text[at+1] != text[0] {
			return at + 1, nil
		}

		at++
	}

	return 0, fmt.Errorf("a %s is not closed: end it with %c", what, text[0])
}

// dollar returns the length of the string in dollar quotes that a text begins
// with.
func dollar(text string) (int, error) {
	tag := 1
	if tag < len(text) && isLetter(text[tag]) {
		tag += span(text[tag:], func(c byte) bool { return isLetter(c) || isDigit(c) })
	}

	if tag == len(text) || text[tag] != '$' {
		return 0, errors.New("there is a $ alone: the placeholder is ?")
	}

	tag++

	end := strings.Index(text[tag:], text[:tag])
	if end < 0 {
		return 0, fmt.Errorf("a string is not closed: end it with %s", text[:tag])
	}

	return tag + end + tag, nil
}

// span returns how many bytes at the beginning of a text are of some kind.
func span(text string, is func(byte) bool) int {
	n := 0
	for n < len(text) && is(text[n]) {
		n++
	}

	return n
}

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c >= 0x80
}
