package category

import (
	"maps"
	"slices"
	"strings"

	"github.com/recountdev/recount/fault"
)

// Set is all categories of a program. It never changes.
type Set struct {
	declared map[string]*Category
	// open says that every category is there, declared or not.
	open bool
}

// New compiles declarations. The error is a [DeclarationErrors] with all that is
// wrong in them.
func New(declarations map[string]Declaration) (*Set, error) {
	s := &Set{declared: make(map[string]*Category, len(declarations))}

	var wrong DeclarationErrors
	for _, name := range slices.Sorted(maps.Keys(declarations)) {
		d := declarations[name]
		compiled, mistakes := newCategory(name, &d)
		wrong = append(wrong, mistakes...)
		s.declared[name] = compiled
	}

	if len(wrong) > 0 {
		return nil, wrong
	}

	return s, nil
}

// Open returns a set for a workbench: every category is declared, except those
// of the system's own, and takes all events and all signals; presence is on.
func Open() *Set { return &Set{open: true} }

// OpenBeside returns a set for a workbench in which some categories are as they
// are declared: those with commands take nothing past them there, too. The error
// is as that of New.
func OpenBeside(declarations map[string]Declaration) (*Set, error) {
	s, err := New(declarations)
	if err != nil {
		return nil, err
	}

	s.open = true

	return s, nil
}

// Find returns a category. It fails with fault.CodeNotFound if it is not
// declared. The system's own are always there; whether a caller gets into one
// is for Authorize to say.
func (s *Set) Find(name string) (*Category, error) {
	if c, ok := s.declared[name]; ok {
		return c, nil
	}

	switch {
	case strings.HasPrefix(name, systemSign):
		return &Category{name: name}, nil
	case s.open && name != "":
		return &Category{name: name, presence: true, anySignal: true}, nil
	}

	ordinary := func(yield func(string) bool) {
		for declared := range s.declared {
			if !strings.HasPrefix(declared, systemSign) && !yield(declared) {
				return
			}
		}
	}

	return nil, fault.NotFound("category %s is not declared%s", shown(name), didYouMean(name, ordinary))
}

// Names returns the names of all that are declared, sorted.
func (s *Set) Names() []string { return slices.Sorted(maps.Keys(s.declared)) }
