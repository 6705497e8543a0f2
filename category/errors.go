package category

import (
	"fmt"
	"strings"

	"github.com/recountdev/recount/fault"
)

// The parts of a declaration that a DeclarationError can be about.
const (
	PartName     = "name"
	PartEvents   = "events"
	PartSignals  = "signals"
	PartCommands = "commands"
	PartOpen     = "open"
	PartUnknown  = "unknown_events"
	PartPresence = "presence"
)

// DeclarationError says what is wrong in a declaration.
type DeclarationError struct {
	// Category is the name of the category.
	Category string
	// Part is what of its declaration is wrong, one of the Part constants.
	Part string
	// Name is the type, signal or command that is wrong, or "".
	Name string
	// Problem says what is wrong, and what to do instead.
	Problem string
}

// Error names the category and the name, and says what is wrong.
func (e *DeclarationError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("category %s: %s", shown(e.Category), e.Problem)
	}

	return fmt.Sprintf("category %s: %s %s: %s", shown(e.Category), e.Part, shown(e.Name), e.Problem)
}

// FaultCode returns the code that package fault gives this error.
func (*DeclarationError) FaultCode() string { return string(fault.CodeInvalid) }

// DeclarationErrors are all mistakes of a set of declarations.
type DeclarationErrors []*DeclarationError

// Error returns the mistakes, each on a line of its own.
func (e DeclarationErrors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}

	return strings.Join(lines, "\n")
}

// FaultCode returns the code that package fault gives this error.
func (DeclarationErrors) FaultCode() string { return string(fault.CodeInvalid) }
