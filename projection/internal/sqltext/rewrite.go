package sqltext

import (
	"slices"
	"strconv"
	"strings"
)

// Rewrite puts other names into tokens, unless they stand after a dot, where
// they are columns; and, if numbered, $1, $2 … in the place of placeholders. It
// returns the text and how many placeholders there are.
func Rewrite(tokens []Token, names map[string]string, numbered bool) (string, int) {
	var text strings.Builder

	params, column := 0, false
	for _, t := range tokens {
		switch t.Kind {
		case Space:
			text.WriteString(t.Text)

			continue // what stands before it counts
		case Param:
			params++
			if numbered {
				text.WriteString("$" + strconv.Itoa(params))
			} else {
				text.WriteString(t.Text)
			}
		case Word, Quoted:
			if other, ok := names[t.Name()]; ok && !column {
				text.WriteString(other)
			} else {
				text.WriteString(t.Text)
			}
		default:
			text.WriteString(t.Text)
		}

		column = t.Text == "."
	}

	return text.String(), params
}

// Split returns the statements of a text, each without its semicolon. What has
// nothing but space is left out.
func Split(tokens []Token) [][]Token {
	var statements [][]Token
	for {
		end := slices.IndexFunc(tokens, func(t Token) bool { return t.Text == ";" })

		statement := tokens
		if end >= 0 {
			statement = tokens[:end]
		}

		if slices.ContainsFunc(statement, func(t Token) bool { return t.Kind != Space }) {
			statements = append(statements, statement)
		}

		if end < 0 {
			return statements
		}

		tokens = tokens[end+1:]
	}
}

// Dense returns the tokens without space.
func Dense(tokens []Token) []Token {
	return slices.DeleteFunc(slices.Clone(tokens), func(t Token) bool { return t.Kind == Space })
}
