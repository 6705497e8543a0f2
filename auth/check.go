package auth

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// checker finds out what is wrong with an expression.
type checker struct {
	env    *cel.Env
	text   string
	parsed *ast.AST
	// selections are the parts x.field, by the ID of x.
	selections map[int64]ast.Expr
}

// check parses an expression and checks its types, names and patterns.
func check(env *cel.Env, text string) (*cel.Ast, error) {
	if strings.TrimSpace(text) == "" {
		return nil, &Mistake{Problem: `is empty: write "true" to allow everything, "false" to refuse it`}
	}

	c := &checker{env: env, text: text}

	parsed, issues := env.Parse(text)
	if issues.Err() != nil {
		first := issues.Errors()[0]

		return nil, c.mistake(first.Location.Line(), first.Location.Column(), "%s", syntaxProblem(first.Message))
	}

	c.parsed = parsed.NativeRep()
	c.selections = selectionsOf(c.parsed.Expr())

	checked, issues := env.Check(parsed)
	if issues.Err() != nil {
		return nil, c.explain(issues.Errors()[0])
	}

	if kind := checked.OutputType().Kind(); kind != types.BoolKind && kind != types.DynKind {
		return nil, &Mistake{Part: text, Problem: fmt.Sprintf("is of type %s: it has to be true or false, so compare it with something", cel.FormatCELType(checked.OutputType()))}
	}

	return checked, c.checkPatterns(checked.NativeRep().Expr())
}

// syntaxProblem shortens what the parser says.
func syntaxProblem(message string) string {
	problem, ofSyntax := strings.CutPrefix(message, "Syntax error: ")
	if !ofSyntax {
		return message
	}

	problem, _, _ = strings.Cut(problem, " expecting ")
	unreadable, is := strings.CutPrefix(problem, "token recognition error at: '")

	switch {
	case is && (strings.HasPrefix(unreadable, `"`) || strings.HasPrefix(unreadable, "'")):
		return "this text does not end: close its quotes"
	case is:
		return "this means nothing here: put text between quotes"
	case problem == "mismatched input '<EOF>'":
		return "the expression ends too early: write the rest of it"
	default:
		return strings.ReplaceAll(problem, "'<EOF>'", "its end") + ": is an operator or a bracket missing?"
	}
}

// mistake is an error at a place: the line from 1, the column from 0.
func (c *checker) mistake(line, column int, format string, args ...any) error {
	column = max(column, 0)
	rest := ""

	if lines := strings.Split(c.text, "\n"); line >= 1 && line <= len(lines) {
		runes := []rune(lines[line-1])
		rest = string(runes[min(column, len(runes)):])
	}

	return &Mistake{Line: line, Column: column + 1, Part: strings.TrimSpace(rest), Problem: fmt.Sprintf(format, args...)}
}

// at is an error at a part of the expression, where its first word stands.
func (c *checker) at(e ast.Expr, format string, args ...any) error {
	for e.Kind() == ast.SelectKind || e.Kind() == ast.CallKind && e.AsCall().IsMemberFunction() {
		if e.Kind() == ast.SelectKind {
			e = e.AsSelect().Operand()
		} else {
			e = e.AsCall().Target()
		}
	}

	start := c.parsed.SourceInfo().GetStartLocation(e.ID())

	return c.mistake(start.Line(), start.Column(), format, args...)
}

// selectionsOf returns, for the ID of each part, the selection of a field of
// it, if there is one.
func selectionsOf(root ast.Expr) map[int64]ast.Expr {
	selections := make(map[int64]ast.Expr)

	ast.PreOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.SelectKind {
			selections[e.AsSelect().Operand().ID()] = e
		}
	}))

	return selections
}
