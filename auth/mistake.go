package auth

import (
	"fmt"

	"github.com/recountdev/recount/fault"
)

// Mistake is a mistake in an expression; see [CEL].
type Mistake struct { //nolint:errname // it reads as what it is, and only expressions have one
	// Line and Column are where it is, both from 1, a column for each
	// character. They are 0 if it is about the expression as a whole.
	Line, Column int
	// Part is the rest of the line from there, "" at its end.
	Part string
	// Problem says what is wrong and what to do instead.
	Problem string
}

// Error returns place, part and problem.
func (m *Mistake) Error() string {
	switch {
	case m.Line == 0 && m.Part == "":
		return "expression " + m.Problem
	case m.Line == 0:
		return "expression " + clip(m.Part) + " " + m.Problem
	case m.Part == "":
		return fmt.Sprintf("expression, line %d, column %d, at its end: %s", m.Line, m.Column, m.Problem)
	default:
		return fmt.Sprintf("expression, line %d, column %d, at %s: %s", m.Line, m.Column, clip(m.Part), m.Problem)
	}
}

// FaultCode returns the code that package fault gives this error.
func (*Mistake) FaultCode() string { return string(fault.CodeInvalid) }
