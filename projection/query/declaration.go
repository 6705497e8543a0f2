package query

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/recountdev/recount/fault"
)

// The limits of queries that state none.
const (
	DefaultMaxRows = 1000
	DefaultTimeout = 2 * time.Second
)

// maxBytes is how many bytes the values of a result have, at most.
const maxBytes = 16 << 20

// Declaration is a named query.
type Declaration struct {
	// SQL is one SELECT, WITH or VALUES, with :name for the parameters.
	// Required.
	SQL string
	// Params are the parameters that the SQL has. Defaults to none.
	Params map[string]Param
	// MaxRows is how many rows a result has; the rest is cut off. Defaults to
	// DefaultMaxRows.
	MaxRows int
	// Timeout is how long the query may take. Defaults to DefaultTimeout.
	Timeout time.Duration
}

// Param is a parameter of a query.
type Param struct {
	// Type says which values it takes. Defaults to Text.
	Type Type
	// Default is its value where none is given, as it would stand in a URL.
	// Defaults to none: then it must be given.
	Default *string
}

// Type is the type of a parameter.
type Type string

// The types.
const (
	Text    Type = "text"
	Integer Type = "integer"
	Number  Type = "number"
	Bool    Type = "bool"
)

// Types are all types.
func Types() []Type { return []Type{Text, Integer, Number, Bool} }

// normal returns the type, with the default filled in.
func (t Type) normal() Type {
	if t == "" {
		return Text
	}

	return t
}

// Parse returns the value that a text has.
func (t Type) Parse(text string) (any, error) {
	switch t.normal() {
	case Text:
		if strings.ContainsRune(text, 0) {
			return nil, fault.Invalid("a text cannot have a zero byte")
		}

		return text, nil
	case Integer:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fault.Invalid("%.40q is no whole number: give one such as 17", text)
		}

		return n, nil
	case Number:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
			return nil, fault.Invalid("%.40q is no number: give one such as 17 or 1.5", text)
		}

		return n, nil
	case Bool:
		if text != "true" && text != "false" {
			return nil, fault.Invalid("%.40q is neither true nor false", text)
		}

		return text == "true", nil
	default:
		return nil, fault.Invalid("%.40q is no type", string(t))
	}
}

// cast returns the type's name in PostgreSQL.
func (t Type) cast() string {
	switch t.normal() {
	case Integer:
		return "bigint"
	case Number:
		return "double precision"
	case Bool:
		return "boolean"
	default:
		return "text"
	}
}

// known reports whether there is such a type.
func (t Type) known() bool { return slices.Contains(Types(), t.normal()) }
