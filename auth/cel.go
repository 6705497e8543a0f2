package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/interpreter"

	"github.com/recountdev/recount/fault"
)

// CEL compiles an expression in the Common Expression Language (cel.dev) into a
// guard that allows what the expression is true for. A mistake in it (*Mistake,
// CodeInvalid) names its place, and the name that was probably meant.
//
//	caller.role in ["editor", "admin"] || caller.id == subject
//	!caller.anonymous && data.amount < 100
//	caller.claims.teams.exists(team, team == id)
//
// These variables are known:
//
//	caller.id, caller.role   strings, "" where there is none
//	caller.claims            a map
//	caller.anonymous         true or false
//	stream, category, id     the stream meeting:42, and its two parts
//	operation                "join", "append", "signal", "read", "watch" or "dispatch"
//	type, subject            of the event or signal; type is also the name of the
//	                         command; "" in other operations
//	data                     of the event or signal, or the input of the command;
//	                         null in other operations
//
// Of data and claims any member may be named. One that is not there makes the
// expression fail, unless has(data.amount) asked first. A number in JSON that
// is whole (without point and exponent, and of 64 bits at most) is an int, any
// other a double. Comparing an int with a double works, so data.amount < 100
// does for 5 and for 5.5; calculating with both needs a conversion, such as
// double(data.amount) * 1.5.
//
// Data is read only when the expression comes to it, and no more of it than
// it takes to find the member. Data that is not JSON, or has a name twice where
// the expression looks, is refused: others might read it otherwise.
//
// The pattern of matches has to be written out, because a pattern that a
// caller sends could take minutes.
//
// The guard refuses with CodeForbidden. It does so, too, and says why, if the
// expression fails, if its value is not true or false (of data and claims that
// is known only then), or if it costs more than 50,000 steps, which take about
// 5 ms: only an expression with a loop (exists, all, map …) can get there.
func CEL(expression string) (Guard, error) {
	// No engine is needed for these, nor its memory.
	switch strings.TrimSpace(expression) {
	case "true":
		return Allow, nil
	case "false":
		return Refuse, nil
	}

	e, err := compile(expression)
	if err != nil {
		return nil, err
	}

	return e.decide, nil
}

// expression is a compiled guard.
type expression struct {
	program   cel.Program
	variables sync.Pool // of *variables
}

func compile(text string) (*expression, error) {
	env, err := newEnvironment()
	if err != nil {
		return nil, fault.Internal("make ready for expressions: %w", err)
	}

	checked, err := check(env, text)
	if err != nil {
		return nil, err
	}

	options := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize), cel.OptimizeRegex(boundedMatches(false), boundedMatches(true))}
	if needsMeter(checked.NativeRep().Expr()) {
		options = append(options, cel.CostTracking(newMeter()), cel.CostLimit(maxCost))
	}

	program, err := env.Program(checked, options...)
	if err != nil {
		return nil, &Mistake{Part: text, Problem: fmt.Sprintf("cannot be planned: %v", err)}
	}

	return &expression{program: program, variables: sync.Pool{New: func() any { return new(variables) }}}, nil
}

// decide is the Guard.
func (e *expression) decide(ctx context.Context, r *Request) error {
	if err := ctx.Err(); err != nil {
		return err
	}

	v, ok := e.variables.Get().(*variables)
	if !ok {
		v = new(variables)
	}

	v.reset(r)
	value, _, err := e.program.Eval(v)
	unreadable := v.err
	v.reset(nil)
	e.variables.Put(v)

	switch {
	case unreadable != nil:
		return fault.Forbidden("%s is forbidden: its guard cannot read the data: %w", r.what(), unreadable)
	case err != nil:
		return r.failed(err)
	case value == types.True:
		return nil
	case value == types.False:
		return r.refused()
	default:
		return fault.Forbidden("%s is forbidden: the value of its guard is of type %s, not true or false", r.what(), value.Type().TypeName())
	}
}

// failed is the error of a guard that could not decide.
func (r *Request) failed(err error) error {
	if stopped, ok := errors.AsType[interpreter.EvalCancelledError](err); ok && stopped.Cause == interpreter.CostLimitExceeded {
		return fault.Forbidden("%s is forbidden: its guard was stopped after %d steps: send less data, or make the expression simpler", r.what(), maxCost)
	}

	const enough = 200

	return fault.Forbidden("%s is forbidden: its guard failed: %s", r.what(), fmt.Sprintf("%.*s", enough, err.Error()))
}
