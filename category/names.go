package category

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/internal/nearest"
)

const (
	// systemSign begins the names that are the system's own.
	systemSign = "$"
	// phoenixSign begins the names of the protocol that channels speak.
	phoenixSign = "phx_"
)

// checkNames says which names of a declaration cannot be.
func checkNames(name string, d *Declaration) DeclarationErrors {
	n := &names{category: name, meaning: map[string]string{}}
	n.checkCategory(d)
	n.each(PartCommands, d.Commands)
	n.each(PartSignals, d.Signals)
	n.each(PartEvents, slices.Sorted(maps.Keys(d.Events)))
	n.checkOpen(d)

	if d.Unknown > Reject {
		n.wrong(PartUnknown, "", fmt.Sprintf("%d is neither Accept nor Reject", d.Unknown))
	}

	return n.errors
}

// names collects what is wrong with the names of a declaration.
type names struct {
	category string
	meaning  map[string]string // which part has a name already
	errors   DeclarationErrors
}

func (n *names) wrong(part, name, problem string) {
	n.errors = append(n.errors, &DeclarationError{Category: n.category, Part: part, Name: name, Problem: problem})
}

func (n *names) checkCategory(d *Declaration) {
	if strings.Contains(n.category, ":") {
		n.wrong(PartName, "", "a name has no colon, which ends the category in the name of a stream: leave it out")

		return
	}

	if n.category == "" {
		n.wrong(PartName, "", "the name is empty: give it one, such as meeting")

		return
	}

	if _, err := event.ParseStream(n.category + ":1"); err != nil {
		n.wrong(PartName, "", err.Error())
	}

	if !strings.HasPrefix(n.category, systemSign) {
		return
	}

	if len(d.Events)+len(d.Signals)+len(d.Commands)+len(d.Open) > 0 || d.Presence || d.Unknown != Accept {
		n.wrong(PartName, "", "names that start with $ are the system's own: declare guards in it and nothing else, or choose another name")
	}
}

// each checks the names of a part of the declaration.
func (n *names) each(part string, list []string) {
	for _, name := range list {
		switch before, twice := n.meaning[name]; {
		case twice && before == part:
			n.wrong(part, name, "stands there twice: take one out")
		case twice:
			n.wrong(part, name, "stands among "+before+" too: a name means one thing, so rename one")
		case name == "":
			n.wrong(part, "", part+" has an empty name: give it one")
		case strings.HasPrefix(name, systemSign):
			n.wrong(part, name, "names that start with $ are the system's own: choose another name")
		case strings.HasPrefix(name, phoenixSign):
			n.wrong(part, name, "names that start with phx_ belong to the protocol of channels: choose another name")
		default:
			if err := (event.Limits{}).CheckDraft(&event.Draft{Type: name}); err != nil {
				n.wrong(part, name, err.Error())
			}
		}

		n.meaning[name] = part
	}
}

// checkOpen checks the types that pass by the commands.
func (n *names) checkOpen(d *Declaration) {
	if len(d.Open) > 0 && len(d.Commands) == 0 {
		n.wrong(PartOpen, "", "only a category with commands has types that are open: leave them out")
	}

	if d.Unknown != Reject {
		return
	}

	for _, typ := range d.Open {
		if _, declared := d.Events[typ]; !declared {
			n.wrong(PartOpen, typ, "is open, but not declared, and unknown types are rejected: declare it"+didYouMean(typ, maps.Keys(d.Events)))
		}
	}
}

// checked returns a throttle with its defaults, or says what is wrong with it.
func (t *Throttle) checked() (*Throttle, error) {
	if t == nil {
		return nil, nil //nolint:nilnil // no throttle is a throttle that is right
	}

	if t.Within <= 0 {
		return nil, fmt.Errorf("throttle within %s: give a time such as 15m", t.Within)
	}

	known := []string{"actor", "subject"}
	for _, by := range t.By {
		if !slices.Contains(known, by) {
			hint := ""
			if near, ok := nearest.Of(by, known); ok {
				hint = "did you mean \"" + near + "\"? "
			}

			return nil, fmt.Errorf("throttle by %s: %sgive actor, subject, or both", shown(by), hint)
		}
	}

	c := *t
	if c.By = slices.Clone(t.By); len(c.By) == 0 {
		c.By = known
	}

	return &c, nil
}
