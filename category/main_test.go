package category_test

import (
	"testing"

	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/fault"
)

// newSet compiles declarations that are right.
func newSet(tb testing.TB, declarations map[string]category.Declaration) *category.Set {
	tb.Helper()

	set, err := category.New(declarations)
	if err != nil {
		tb.Fatal(err)
	}

	return set
}

// find returns a category that is there.
func find(tb testing.TB, set *category.Set, name string) *category.Category {
	tb.Helper()

	found, err := set.Find(name)
	if err != nil {
		tb.Fatal(err)
	}

	if found.Name() != name {
		tb.Fatalf("found %q, want %q", found.Name(), name)
	}

	return found
}

// wantError fails the test unless err has a code and a message; "" wants none.
func wantError(tb testing.TB, what string, err error, code fault.Code, message string) {
	tb.Helper()

	if code == "" && err == nil {
		return
	}

	if err == nil || fault.Of(err) != code || err.Error() != message {
		tb.Errorf("%s:\n got %s: %v\nwant %s: %s", what, fault.Of(err), err, code, message)
	}
}
