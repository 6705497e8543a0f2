package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/recountdev/recount/fault"
)

// Problem is a mistake in a configuration.
type Problem struct {
	// File is the file that the mistake is in; empty if it is in the
	// environment.
	File string `json:"file,omitempty"`
	// Variable is the environment variable that is wrong, or "".
	Variable string `json:"variable,omitempty"`
	// Line and Column say where in the file, from 1; 0 if that is nowhere in
	// particular. Columns count characters.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Message says what is wrong, and what to do instead.
	Message string `json:"message"`
	// Text is the line of the file, with secrets made unreadable.
	Text string `json:"text,omitempty"`
}

// Place returns where the mistake is: recount.yaml:3:5, or the variable.
func (p *Problem) Place() string {
	switch {
	case p.Variable != "" && p.File != "":
		return p.Variable + " in " + p.File
	case p.Variable != "":
		return p.Variable
	case p.Line > 0:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	default:
		return p.File
	}
}

// Problems are all mistakes in a configuration, in the order of the file; those
// of the environment come last.
type Problems []Problem //nolint:errname // it is named for what a person sees

// Error returns the mistakes, each on a line of its own.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].Place() + ": " + p[i].Message
	}

	return strings.Join(lines, "\n")
}

// FaultCode returns the code that package fault gives this error.
func (Problems) FaultCode() string { return string(fault.CodeInvalid) }

// place is where something stands: in the file, or in a variable.
type place struct {
	line, column int
	variable     string
	dotEnv       bool // the variable is set in .env
}

// problemf notes a mistake.
func (l *loader) problemf(at place, format string, args ...any) {
	p := Problem{File: l.file, Line: at.line, Column: at.column, Variable: at.variable, Message: fmt.Sprintf(format, args...)}
	if at.variable != "" {
		p.File = ""
		if at.dotEnv {
			p.File = dotEnvFile
		}
	}

	if at.line > 0 {
		p.Text = l.source.line(at.line)
	}

	l.problems = append(l.problems, p)
}

// told returns the problems in order, and without secrets.
func (l *loader) told() Problems {
	slices.SortStableFunc(l.problems, func(a, b Problem) int {
		return cmp.Or(
			strings.Compare(a.Variable, b.Variable), // the file has none
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
		)
	})

	for i := range l.problems {
		for _, secret := range l.secrets {
			l.problems[i].Text = strings.ReplaceAll(l.problems[i].Text, secret, strings.Repeat("*", len([]rune(secret))))
		}
	}

	return slices.Compact(l.problems)
}
