package auth

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/common/operators"

	"github.com/recountdev/recount/internal/nearest"
)

// explain says in our words what the compiler says.
func (c *checker) explain(first *cel.Error) error {
	var found ast.Expr

	ast.PreOrderVisit(c.parsed.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.ID() == first.ExprID {
			found = e
		}
	}))

	line, column := first.Location.Line(), first.Location.Column()

	switch {
	case found == nil:
		return c.mistake(line, column, "%s", first.Message)
	case found.Kind() == ast.CallKind:
		name := found.AsCall().FunctionName()
		if strings.HasPrefix(first.Message, "undeclared reference") {
			return c.mistake(line, column-utf8.RuneCountInString(name), "%s", c.unknownFunction(name))
		}

		if plain, ok := operators.FindReverse(name); ok && plain != "" {
			return c.mistake(line, column, "%s", wrongTypes(plain, first.Message))
		}

		column -= utf8.RuneCountInString(name)
		if !found.AsCall().IsMemberFunction() && c.isMethod(name) {
			return c.mistake(line, column, "%s comes after a dot: write it as in stream.%s(…)", name, name)
		}

		return c.mistake(line, column, "%s", wrongTypes(name, first.Message))
	case strings.HasPrefix(first.Message, "undeclared reference"):
		return c.unknownName(found)
	default:
		return c.mistake(line, column, "%s", first.Message)
	}
}

// isMethod reports whether a function is only called behind a dot.
func (c *checker) isMethod(name string) bool {
	function, ok := c.env.Functions()[name]
	if !ok {
		return false
	}

	return !slices.ContainsFunc(function.OverloadDecls(), func(o *decls.OverloadDecl) bool { return !o.IsMemberFunction() })
}

// wrongTypes says that a function or an operator is not for its arguments. The
// compiler says what they are between the last quotes.
func wrongTypes(name, message string) string {
	parts := strings.Split(message, "'")
	if len(parts) < 3 {
		return message
	}

	return fmt.Sprintf("%s does not take %s: convert with int(), double() or string(), or compare with something else", name, parts[len(parts)-2])
}

// unknownFunction says which function was probably meant.
func (c *checker) unknownFunction(name string) string {
	known := []string{operators.Has, operators.All, operators.Exists, operators.ExistsOne, operators.Map, operators.Filter}

	for function := range c.env.Functions() {
		if r, _ := utf8.DecodeRuneInString(function); unicode.IsLetter(r) {
			known = append(known, function)
		}
	}

	slices.Sort(known)

	if near, ok := nearest.Of(name, known); ok {
		return fmt.Sprintf("no function is called %q: did you mean %q?", name, near)
	}

	return fmt.Sprintf("no function is called %q: there are %s", name, strings.Join(known, ", "))
}

// unknownName says which variable was probably meant.
func (c *checker) unknownName(e ast.Expr) error {
	root := e
	for root.Kind() == ast.SelectKind {
		root = root.AsSelect().Operand()
	}

	if root.Kind() != ast.IdentKind {
		return c.at(root, "no variable is called that: there are %s", strings.Join(variableNames(), ", "))
	}

	name, meant := root.AsIdent(), []string{root.AsIdent()}

	if selected, ok := c.selections[root.ID()]; ok {
		full := name + "." + selected.AsSelect().FieldName()
		if slices.Contains(variableNames(), full) {
			return c.at(root, "%s is always there: compare it with something instead of asking has(%s)", full, full)
		}

		name, meant = full, []string{full, name}
	}

	const fields = "write caller.id, caller.role, caller.claims or caller.anonymous"

	if name == "caller" {
		return c.at(root, "caller is used by its fields: %s", fields)
	}

	for _, m := range meant {
		near, ok := nearest.Of(m, append(variableNames(), "role", "claims", "anonymous", "caller"))

		switch {
		case !ok:
			continue
		case near == "caller":
			return c.at(root, "no variable is called %q: did you mean the caller? %s", name, fields)
		case !slices.Contains(variableNames(), near):
			near = "caller." + near
		}

		return c.at(root, "no variable is called %q: did you mean %q?", name, near)
	}

	return c.at(root, "no variable is called %q: there are %s", name, strings.Join(variableNames(), ", "))
}
