package auth

import (
	"errors"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/recountdev/recount/auth/internal/strictjson"
)

// The names that expressions know.
const (
	varCallerID        = "caller.id"
	varCallerRole      = "caller.role"
	varCallerClaims    = "caller.claims"
	varCallerAnonymous = "caller.anonymous"
	varStream          = "stream"
	varCategory        = "category"
	varID              = "id"
	varOperation       = "operation"
	varType            = "type"
	varSubject         = "subject"
	varData            = "data"
)

// newEnvironment returns what expressions are compiled against. The fields of
// the caller are variables with a dot in their names: so the compiler knows
// each of them, and finding one is one step.
func newEnvironment() (*cel.Env, error) {
	return cel.NewEnv(
		cel.CrossTypeNumericComparisons(true), // data.amount * 1.5 < 100
		cel.Variable(varCallerID, cel.StringType),
		cel.Variable(varCallerRole, cel.StringType),
		cel.Variable(varCallerClaims, cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable(varCallerAnonymous, cel.BoolType),
		cel.Variable(varStream, cel.StringType),
		cel.Variable(varCategory, cel.StringType),
		cel.Variable(varID, cel.StringType),
		cel.Variable(varOperation, cel.StringType),
		cel.Variable(varType, cel.StringType),
		cel.Variable(varSubject, cel.StringType),
		cel.Variable(varData, cel.DynType),
	)
}

// variableNames are all variables, in the order in which a person reads them.
func variableNames() []string {
	return []string{
		varCallerID, varCallerRole, varCallerClaims, varCallerAnonymous,
		varStream, varCategory, varID, varOperation, varType, varSubject, varData,
	}
}

// variables are what an expression sees of a request. It is used for one
// evaluation at a time.
type variables struct {
	request *Request
	data    ref.Val // nil until it is asked for
	err     error
}

func (v *variables) reset(r *Request) { *v = variables{request: r} }

// Parent implements cel.Activation.
func (*variables) Parent() cel.Activation { return nil }

// ResolveName implements cel.Activation.
func (v *variables) ResolveName(name string) (any, bool) {
	r := v.request

	switch name {
	case varStream:
		return types.String(r.Stream), true
	case varCategory:
		return types.String(r.Stream.Category()), true
	case varID:
		return types.String(r.Stream.ID()), true
	case varOperation:
		return types.String(r.Operation), true
	case varType:
		return types.String(r.Type), true
	case varSubject:
		return types.String(r.Subject), true
	case varData:
		if v.data == nil {
			v.data = v.read(r.Data, 0)
		}

		return v.data, true
	default:
		return v.caller(name)
	}
}

func (v *variables) caller(name string) (any, bool) {
	c := v.request.Caller
	if c == nil {
		c = &Caller{}
	}

	switch name {
	case varCallerID:
		return types.String(c.ID), true
	case varCallerRole:
		return types.String(c.Role), true
	case varCallerAnonymous:
		return types.Bool(c.Anonymous), true
	case varCallerClaims:
		if c.Claims == nil {
			return map[string]any{}, true
		}

		return c.Claims, true
	default:
		return nil, false
	}
}

// read returns the value of a JSON text that stands at a place of the data.
// Objects are left as they are until somebody looks into them.
func (v *variables) read(text []byte, place int) ref.Val {
	if len(text) == 0 {
		return types.NullValue
	}

	if text[0] == '{' {
		return &object{text: text, place: place, variables: v}
	}

	value, err := strictjson.Decode(text)
	if err != nil {
		return v.unreadable(err, place)
	}

	return types.DefaultTypeAdapter.NativeToValue(value)
}

// unreadable notes why the part of the data at a place cannot be read. The
// guard then refuses, whatever comes out.
func (v *variables) unreadable(err error, place int) ref.Val {
	if wrong, ok := errors.AsType[*strictjson.Error](err); ok {
		err = &strictjson.Error{Offset: place + wrong.Offset, Problem: wrong.Problem}
	}

	if v.err == nil {
		v.err = err
	}

	return types.WrapErr(err)
}
