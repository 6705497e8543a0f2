package config

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// kind is what a node is.
type kind uint8

const (
	nothing kind = iota // a key without a value
	scalar
	list
	mapping
	unreadable // what was reported already
)

// String returns the kind with its article.
func (k kind) String() string {
	switch k {
	case nothing:
		return "nothing"
	case scalar:
		return "a single value"
	case list:
		return "a list"
	case mapping:
		return "keys with values"
	default:
		return "something else"
	}
}

// node is a value in the file.
type node struct {
	kind    kind
	at      place
	text    string // of a scalar
	style   style
	entries []entry // of a mapping
	items   []*node // of a list
}

// entry is a key and its value.
type entry struct {
	key   *node
	value *node
}

// style is how a scalar is written.
type style uint8

const (
	plainStyle  style = iota
	quotedStyle       // '…' or "…"
	blockStyle        // | or >
)

// parse reads the text as YAML, nil if that fails.
func (l *loader) parse() *node {
	file, err := parseYAML(l.source.text)
	if err != nil {
		at, message := yamlProblem(err)
		l.problemf(at, "this is not YAML: %s", message)

		return nil
	}

	root := &node{kind: mapping, at: place{line: 1, column: 1}}
	documents := 0
	for _, document := range file.Docs {
		if document.Body == nil {
			continue
		}

		if documents++; documents > 1 {
			l.problemf(placeOf(document.Body.GetToken()), "a second document begins here: a configuration is one")

			break
		}

		root = l.node(document.Body, 0)
	}

	return root
}

// parseYAML parses text. The parser calls itself for what is nested, so its
// depth is looked at first.
func parseYAML(text string) (file *ast.File, err error) {
	defer func() {
		if recover() != nil { // hostile text breaks the parser now and then
			err = errors.New("the parser gave up")
		}
	}()

	tokens := lexer.Tokenize(text)
	if deep := tooDeep(tokens); deep != nil {
		return nil, &yaml.SyntaxError{Message: "values are nested too deep here", Token: deep}
	}

	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// tooDeep returns the token at which brackets, or signs on one line that nest,
// become too many; nil if they do not.
func tooDeep(tokens token.Tokens) *token.Token {
	brackets, line, signs := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, signs = t.Position.Line, 0
		}

		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			brackets++
		case token.MappingEndType, token.SequenceEndType:
			brackets--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			signs++
		default:
		}

		if brackets > maxDepth || signs > maxDepth {
			return t
		}
	}

	return nil
}

// yamlProblem returns where the parser stopped, and why.
func yamlProblem(err error) (place, string) {
	at := place{line: 1, column: 1}
	known, ok := errors.AsType[yaml.Error](err)
	if !ok {
		return at, err.Error()
	}

	if t := known.GetToken(); t != nil {
		at = placeOf(t)
	}

	message := known.GetMessage()
	for _, say := range [][2]string{
		{"mapping value is not allowed in this context", "a value that ends with a colon, or has a colon and a space in it, has to be quoted"},
		{"non-map value is specified", "a key needs a colon and a space behind it"},
		{"could not find end character of double-quoted text", `the closing " is missing`},
		{"could not find end character of single-quoted text", "the closing ' is missing"},
		{"sequence end token ']' not found", "the closing ] is missing"},
		{"could not find flow mapping end token '}'", "the closing } is missing"},
		{"',' or ']' must be specified", "a comma, or the closing ], is missing before this"},
		{"',' or '}' must be specified", "a comma, or the closing }, is missing before this"},
		{"value is not allowed in this context", "the line does not belong here: is it indented as its neighbours are, and is what it needs quoted?"},
		{"is a reserved character", "a value that begins with this character has to be quoted"},
		{"unexpected directive value", "a value that begins with this character has to be quoted"},
	} {
		if strings.HasPrefix(message, say[0]) || strings.HasSuffix(message, say[0]) {
			return at, say[1]
		}
	}

	return at, message
}

func placeOf(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{line: 1, column: 1}
	}

	return place{line: max(t.Position.Line, 1), column: max(t.Position.Column, 1)}
}

// node returns a node of the parser as one of ours.
func (l *loader) node(n ast.Node, depth int) *node {
	if n == nil {
		return &node{kind: nothing}
	}

	at := placeOf(n.GetToken())
	if depth > maxDepth {
		l.problemf(at, "this is not YAML: values are nested too deep here")

		return &node{kind: unreadable, at: at}
	}

	switch n := n.(type) {
	case *ast.MappingNode:
		return l.mapping(at, n.Values, depth)
	case *ast.MappingValueNode:
		return l.mapping(at, []*ast.MappingValueNode{n}, depth)
	case *ast.SequenceNode:
		made := &node{kind: list, at: at}
		for _, item := range n.Values {
			made.items = append(made.items, l.node(item, depth+1))
		}

		return made
	case *ast.NullNode:
		return &node{kind: nothing, at: at, text: n.GetToken().Value}
	case *ast.LiteralNode:
		return &node{kind: scalar, at: at, text: n.Value.Value, style: blockStyle}
	case *ast.StringNode:
		made := &node{kind: scalar, at: at, text: n.Value}
		if t := n.GetToken().Type; t == token.SingleQuoteType || t == token.DoubleQuoteType {
			made.style = quotedStyle
		}

		return made
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return &node{kind: scalar, at: at, text: n.GetToken().Value}
	default:
		l.problemf(at, "%s", notUnderstood(n))

		return &node{kind: unreadable, at: at}
	}
}

// notUnderstood says what of YAML is not understood.
func notUnderstood(n ast.Node) string {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		return "anchors (&name), aliases (*name) and merge keys (<<) are not understood: write it out, and quote a value that begins with & or *"
	case *ast.TagNode:
		return "tags are not understood: leave it out, and quote a value that begins with !"
	case *ast.DirectiveNode:
		return "directives are not understood: leave it out"
	default:
		return "this is not understood: write keys with values, lists, and single values only"
	}
}

// mapping returns keys with values; its place is that of the first key.
func (l *loader) mapping(at place, values []*ast.MappingValueNode, depth int) *node {
	made := &node{kind: mapping, at: at}
	first := map[string]int{} // the line of each key
	for _, value := range values {
		key := l.key(value.Key)
		if key == nil {
			continue
		}

		if line, twice := first[key.text]; twice {
			l.problemf(key.at, "%s stands here twice, first in line %d: take one out", shown(key.text), line)

			continue
		}

		first[key.text] = key.at.line
		if len(made.entries) == 0 {
			made.at = key.at
		}

		made.entries = append(made.entries, entry{key, l.node(value.Value, depth+1)})
	}

	return made
}

// key returns a key, nil if it is none of ours.
func (l *loader) key(n ast.MapKeyNode) *node {
	at := placeOf(n.GetToken())
	switch n := n.(type) {
	case *ast.StringNode:
		return &node{kind: scalar, at: at, text: n.Value}
	case *ast.MergeKeyNode, *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		l.problemf(at, "%s", notUnderstood(n))
	default:
		l.problemf(at, "a key has to be text: quote it, as in \"%s\"", n.GetToken().Value)
	}

	return nil
}
