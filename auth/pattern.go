package auth

import (
	"fmt"
	"regexp"
	"regexp/syntax"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
)

// The limits of regular expressions.
const (
	// maxPattern is how many steps the program of a regular expression may
	// have.
	maxPattern = 1000
	// maxMatch is how long a text may be, times the steps of the pattern. A
	// match with that much work takes about 10 ms.
	maxMatch = 4 << 20
)

// checkPatterns says what is wrong with the patterns of matches, if anything is.
func (c *checker) checkPatterns(root ast.Expr) error {
	var first error

	ast.PreOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		if first != nil || e.Kind() != ast.CallKind || e.AsCall().FunctionName() != overloads.Matches {
			return
		}

		args := e.AsCall().Args()
		pattern := args[len(args)-1]

		text, ok := literal(pattern)
		if !ok {
			first = c.at(pattern, "a pattern that is made while the guard runs could take minutes: write it out")
			return
		}

		size, err := types.RegexProgramSize(text)

		switch {
		case err != nil:
			first = c.at(pattern, "%s", patternProblem(err))
		case size > maxPattern:
			first = c.at(pattern, "this pattern is %d steps long, the limit is %d: repeat less in it", size, maxPattern)
		}
	}))

	return first
}

func patternProblem(err error) string {
	if wrong, ok := err.(*syntax.Error); ok { //nolint:errorlint // the parser returns it bare
		return fmt.Sprintf("this is not a pattern: %s: %s", wrong.Code, clip(wrong.Expr))
	}

	return err.Error()
}

func literal(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}

	text, ok := e.AsLiteral().(types.String)

	return string(text), ok
}

// boundedMatches compiles the pattern of a call of matches once, and refuses
// texts that are too long for it. It is for the call pattern.matches(text), or
// the call matches(text, pattern).
func boundedMatches(member bool) *interpreter.RegexOptimization {
	overload := overloads.Matches
	if member {
		overload = overloads.MatchesString
	}

	return &interpreter.RegexOptimization{
		Function:   overloads.Matches,
		OverloadID: overload,
		RegexIndex: 1,
		Factory: func(call interpreter.InterpretableCall, pattern string) (interpreter.InterpretableCall, error) {
			compiled, err := regexp.Compile(pattern)
			if err != nil {
				return nil, err
			}

			size, err := types.RegexProgramSize(pattern)
			if err != nil {
				return nil, err
			}

			longest := maxMatch / size

			return interpreter.NewCall(call.ID(), call.Function(), call.OverloadID(), call.Args(), func(args ...ref.Val) ref.Val {
				if len(args) != 2 {
					return types.NoSuchOverloadErr()
				}

				text, ok := args[0].(types.String)

				switch {
				case !ok:
					return types.NoSuchOverloadErr()
				case len(text) > longest:
					return types.NewErr("a text of %d bytes is too long for its pattern, the limit is %d", len(text), longest)
				default:
					return types.Bool(compiled.MatchString(string(text)))
				}
			}), nil
		},
	}
}
