package category

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// maxShown is how many bytes of what a caller sent a message repeats.
const maxShown = 128

// CheckEvents says which draft is not as declared, and how. It fails with
// fault.CodeForbidden if the type can only come from a command, with
// fault.CodeRejected if it is not declared in a category that rejects those, or
// if the data is not as its schema says; the message has the JSON pointer of the
// wrong place.
func (c *Category) CheckEvents(drafts []event.Draft) error {
	for i := range drafts {
		if err := c.checkEvent(&drafts[i]); err != nil {
			return inEvent(i, len(drafts), drafts[i].Type, err)
		}
	}

	return nil
}

func (c *Category) checkEvent(d *event.Draft) error {
	if err := c.checkRaw(d.Type); err != nil {
		return err
	}

	declared := c.events[d.Type]
	switch {
	case declared == nil && c.reject:
		return fault.Rejected("the type is not declared in category %s%s", c.name, didYouMean(d.Type, maps.Keys(c.events)))
	case declared == nil || declared.schema == nil:
		return nil
	case len(d.Data) == 0:
		return fault.Rejected("it has no data, but its type has a schema: give it data")
	case !event.IsJSON(d.ContentType):
		return fault.Rejected("its data is %s, but its type has a schema: give it JSON", shown(d.ContentType))
	default:
		return declared.schema.check(d.Data)
	}
}

// CheckRaw says with fault.CodeForbidden that events of a type can only come from
// a command, whatever is in them.
func (c *Category) CheckRaw(typ string) error {
	if err := c.checkRaw(typ); err != nil {
		return inEvent(0, 1, typ, err)
	}

	return nil
}

func (c *Category) checkRaw(typ string) error {
	if len(c.commands) == 0 || c.open[typ] {
		return nil
	}

	return fault.Forbidden("category %s takes events of this type from its commands only: dispatch %s", c.name, alternatives(slices.Sorted(maps.Keys(c.commands))))
}

// CheckCommand says with fault.CodeNotFound that a category has no such command.
func (c *Category) CheckCommand(name string) error {
	switch {
	case c.commands[name]:
		return nil
	case len(c.commands) == 0:
		return fault.NotFound("command %s: category %s has no commands", shown(name), c.name)
	default:
		return fault.NotFound("category %s has no command %s%s", c.name, shown(name), didYouMean(name, maps.Keys(c.commands)))
	}
}

// inEvent says which of several events an error is about.
func inEvent(i, of int, typ string, err error) error {
	if of == 1 {
		return fmt.Errorf("event %s: %w", bare(typ), err)
	}

	return fmt.Errorf("event %d of %d, %s: %w", i+1, of, bare(typ), err)
}

// shown returns what a caller sent, quoted and cut.
func shown(text string) string { return strconv.Quote(cut(text)) }

// bare is shown without quotes around a plain word.
func bare(text string) string {
	quoted := shown(text)
	if inside := quoted[1 : len(quoted)-1]; inside == text && !strings.ContainsAny(text, " :,") && text != "" {
		return text
	}

	return quoted
}

// cut shortens text to what a message repeats of a name.
func cut(text string) string { return cutTo(text, maxShown) }

// cutTo shortens text to so many bytes.
func cutTo(text string, limit int) string {
	if len(text) <= limit {
		return text
	}

	return strings.ToValidUTF8(text[:limit], "") + "…"
}

// alternatives lists words: a, b or c.
func alternatives(words []string) string {
	const most = 10
	if len(words) > most {
		words = append(slices.Clone(words[:most]), "others")
	}

	if len(words) == 1 {
		return words[0]
	}

	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
