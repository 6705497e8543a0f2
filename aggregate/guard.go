package aggregate

import "github.com/recountdev/recount/fault"

// guarded runs code of the user, whose panic becomes an error that says where it
// was.
func guarded(where string, run func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Internal("%s: panic: %v", where, p)
		}
	}()

	return run()
}
