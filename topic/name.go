package topic

import (
	"strconv"
	"strings"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// Name is the name of a topic: of a stream, or of a category with ":*".
type Name string

// wholeCategory ends the name of the topic of a category.
const wholeCategory = ":*"

// ParseName checks the name of a topic.
func ParseName(text string) (Name, error) {
	name := Name(text)

	stream := name.Stream()
	if name.IsCategory() {
		if name.Category() == "" {
			return "", fault.Invalid("topic %q is none: name a stream, such as meeting:42, or a category, such as meeting:*", text)
		}

		stream = event.Stream(name.Category() + ":x") // the category is all that is left to check
	}

	if err := (event.Limits{}).CheckStream(stream); err != nil {
		return "", fault.Invalid("topic: %w", err)
	}

	return name, nil
}

// IsCategory reports whether it is the topic of a whole category: one whose ID
// is "*". The ID begins at the first colon, so meeting:a:* is a stream.
func (n Name) IsCategory() bool {
	return strings.HasSuffix(string(n), wholeCategory) && strings.IndexByte(string(n), ':') == len(n)-len(wholeCategory)
}

// Category returns the category of the topic's streams.
func (n Name) Category() string { return event.Stream(n).Category() }

// Stream returns the name as that of a stream; with :* for a category.
func (n Name) Stream() event.Stream { return event.Stream(n) }

// place returns where an event stands in the topic.
func (n Name) place(e *event.Event) uint64 {
	if n.IsCategory() {
		return e.Position.Number()
	}

	return uint64(e.Version)
}

// AppendPlace appends a place of the topic as JSON: a version as a number, a
// position as a string.
func (n Name) AppendPlace(dst []byte, place uint64) []byte {
	if !n.IsCategory() {
		return strconv.AppendUint(dst, place, 10)
	}

	dst = append(dst, '"')
	dst = event.PositionAt(place).AppendTo(dst)

	return append(dst, '"')
}
