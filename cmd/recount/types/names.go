package types

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// names gives every type a name of its own.
type names map[string]bool

// take returns a name for what is called so, with a number if others have it.
func (n names) take(called string) string {
	name := identifier(called)
	for i := 2; n[name]; i++ {
		name = identifier(called) + strconv.Itoa(i)
	}

	n[name] = true

	return name
}

// identifier returns a name as one of a type: card_added is CardAdded.
func identifier(called string) string {
	var name strings.Builder
	begin := true
	for _, r := range called {
		switch known := r <= 0xffff; {
		case known && unicode.IsLetter(r):
			if begin {
				r = unicode.ToUpper(r)
			}

			name.WriteRune(r)
			begin = false
		case known && unicode.IsDigit(r):
			name.WriteRune(r)
			begin = true
		default:
			begin = true
		}
	}

	if first, _ := utf8.DecodeRuneInString(name.String()); !unicode.IsLetter(first) {
		return "Type" + name.String()
	}

	return name.String()
}

// property returns a name as it stands before a colon, quoted if it has to be.
func property(name string) string {
	if regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`).MatchString(name) {
		return name
	}

	return quoted(name)
}

// quoted returns a text as a literal of TypeScript, which JSON is.
func quoted(s string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s) // a string always can be

	return strings.TrimSuffix(out.String(), "\n")
}

// commented returns a text that ends no comment.
func commented(s string) string {
	s = strings.ReplaceAll(s, "*/", "*\\/")

	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || r == '\u2028' || r == '\u2029') {
			return ' '
		}

		return r
	}, s)
}

// comment returns a comment of some paragraphs, with the end of the line; "" if
// there is none.
func comment(paragraphs []string) string {
	said := strings.TrimSpace(commented(strings.Join(paragraphs, "\n\n")))
	switch {
	case said == "":
		return ""
	case !strings.Contains(said, "\n"):
		return "/** " + said + " */\n"
	}

	var out strings.Builder
	out.WriteString("/**\n")
	for line := range strings.SplitSeq(said, "\n") {
		out.WriteString(strings.TrimRight(" * "+line, " ") + "\n")
	}

	return out.String() + " */\n"
}

// indented returns lines one step further in.
func indented(lines string) string {
	return "\t" + strings.ReplaceAll(strings.TrimSuffix(lines, "\n"), "\n", "\n\t") + "\n"
}

// sorted returns the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
