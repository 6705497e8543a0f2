package auth

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// The limits of an expression.
const (
	// maxCost is how many steps an expression with a loop may take. A step is
	// about 100 ns.
	maxCost = 50_000
	// maxPlain is how many parts an expression without a loop may have to go
	// unmeasured.
	maxPlain = 200
)

// needsMeter reports whether an expression could run away. One without a loop
// does each of its parts once at most, so it is bounded by its own length, and
// saves measuring, which takes longer than most guards.
func needsMeter(root ast.Expr) bool {
	parts, loops := 0, false

	ast.PreOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		parts++
		loops = loops || e.Kind() == ast.ComprehensionKind
	}))

	return loops || parts > maxPlain
}

// meter says what a call costs. The engine's own prices count the length of a
// list but not what is in it, and nothing for the text that most functions
// read; here a step is a step wherever it is taken.
type meter struct{}

func newMeter() *meter { return new(meter) }

// CallCost implements cost.ActualCostEstimator. It goes by the function, since
// the engine does not know the overload where a type is known late.
func (*meter) CallCost(function, _ string, args []ref.Val, _ ref.Val) *uint64 {
	steps := uint64(1)

	switch {
	case len(args) == 2 && (function == operators.Equals || function == operators.NotEquals):
		steps += min(weight(args[0]), weight(args[1]))
	case len(args) == 2 && (function == operators.In || function == operators.OldIn):
		steps += searched(args[1])
	case len(args) == 2 && function == operators.Add:
		// Lists are joined without copying; map and filter join an item a time.
		steps += (textLength(args) + weight(args[1])) / 10
	case function == overloads.Matches:
		steps += textLength(args) / 5
	default:
		steps += textLength(args) / 100
	}

	return &steps
}

// searched returns how many steps it takes to search a value for another.
func searched(value ref.Val) uint64 {
	switch value.(type) {
	case *object:
		return 1 // what takes long is charged by its lookups
	case traits.Mapper:
		return 1
	default:
		return weight(value)
	}
}

// textLength returns how many bytes of text the arguments have.
func textLength(args []ref.Val) uint64 {
	var length uint64

	for _, arg := range args {
		if text, ok := arg.(types.String); ok {
			length += uint64(len(text))
		}
	}

	return length
}

// weight returns about how many steps it takes to go through a value.
func weight(value ref.Val) uint64 {
	switch value := value.(type) {
	case types.String:
		return 1 + uint64(len(value))/100
	case *object:
		return 1 + uint64(len(value.text))/8
	case traits.Lister, traits.Mapper:
		if steps, ok := nativeWeight(value.Value()); ok {
			return steps
		}

		return iterated(value)
	default:
		return 1
	}
}

// nativeWeight is weight for values as JSON is decoded, if it is one.
func nativeWeight(value any) (uint64, bool) {
	steps := uint64(1)

	switch value := value.(type) {
	case string:
		steps += uint64(len(value)) / 100
	case nil, bool, int64, float64:
	case ref.Val:
		steps = weight(value)
	case []ref.Val:
		for _, item := range value {
			steps += weight(item)
		}
	case []any:
		for _, item := range value {
			below, ok := nativeWeight(item)
			if !ok {
				return 0, false
			}

			steps += below
		}
	case map[string]any:
		for _, item := range value {
			below, ok := nativeWeight(item)
			if !ok {
				return 0, false
			}

			steps += 1 + below
		}
	default:
		return 0, false
	}

	return steps, true
}

// iterated is weight for lists and maps of any other kind.
func iterated(value ref.Val) uint64 {
	steps := uint64(1)

	items, ok := value.(traits.Iterable)
	if !ok {
		return steps
	}

	members, _ := value.(traits.Mapper)
	for it := items.Iterator(); it.HasNext() == types.True; {
		item := it.Next()
		steps += weight(item)

		if members != nil {
			if below, found := members.Find(item); found {
				steps += weight(below)
			}
		}
	}

	return steps
}
