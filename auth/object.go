package auth

import (
	"reflect"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/recountdev/recount/auth/internal/strictjson"
)

// maxLookups is how many members are looked up in the text of an object before
// it is decoded as a whole: a loop must not read a long text again and again.
const maxLookups = 8

// object is a JSON object as the engine sees it: a map. A member is looked up
// in the text, without decoding the rest of it.
type object struct {
	text      []byte
	place     int // of the text in the data
	variables *variables
	lookups   int
	whole     traits.Mapper // nil until it is needed
}

var (
	_ traits.Mapper = (*object)(nil)
	_ ref.Val       = (*object)(nil)
)

// Find implements traits.Mapper.
func (o *object) Find(key ref.Val) (ref.Val, bool) {
	if o.lookups++; o.whole != nil || o.lookups > maxLookups {
		return o.decoded().Find(key)
	}

	name, ok := key.(types.String)
	if !ok {
		return nil, false
	}

	from, to, err := strictjson.Member(o.text, string(name))

	switch {
	case err != nil:
		return o.variables.unreadable(err, o.place), true
	case to == 0:
		return nil, false
	default:
		return o.variables.read(o.text[from:to], o.place+from), true
	}
}

// Get implements traits.Indexer.
func (o *object) Get(key ref.Val) ref.Val {
	value, found := o.Find(key)
	if !found {
		return types.ValOrErr(value, "no such key: %v", key)
	}

	return value
}

// Contains implements traits.Container.
func (o *object) Contains(key ref.Val) ref.Val {
	_, found := o.Find(key)
	return types.Bool(found)
}

// decoded returns the object as a map.
func (o *object) decoded() traits.Mapper {
	if o.whole != nil {
		return o.whole
	}

	value, err := strictjson.Decode(o.text)
	if err != nil {
		o.variables.unreadable(err, o.place)
	}

	members, _ := value.(map[string]any)
	o.whole = types.NewStringInterfaceMap(types.DefaultTypeAdapter, members)

	return o.whole
}

// Iterator implements traits.Iterable.
func (o *object) Iterator() traits.Iterator { return o.decoded().Iterator() }

// Size implements traits.Sizer.
func (o *object) Size() ref.Val { return o.decoded().Size() }

// ConvertToNative implements ref.Val.
func (o *object) ConvertToNative(to reflect.Type) (any, error) {
	return o.decoded().ConvertToNative(to)
}

// ConvertToType implements ref.Val.
func (o *object) ConvertToType(to ref.Type) ref.Val { return o.decoded().ConvertToType(to) }

// Equal implements ref.Val.
func (o *object) Equal(other ref.Val) ref.Val {
	if text, ok := other.(*object); ok {
		other = text.decoded()
	}

	return o.decoded().Equal(other)
}

// Type implements ref.Val.
func (*object) Type() ref.Type { return types.MapType }

// Value implements ref.Val.
func (o *object) Value() any { return o.decoded().Value() }
