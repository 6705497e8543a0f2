package storetest

import (
	"context"
	"errors"
	"time"
)

// beside runs something in a goroutine until it is done, or the case is over.
// wait waits for its end. What runs beside may report errors, but not end the
// case.
func (tr *trial) beside(run func(ctx context.Context)) (wait func()) {
	ctx, cancel := context.WithTimeout(tr.Context(), patience)
	done := make(chan struct{})

	go func() {
		defer close(done)
		run(ctx)
	}()

	ends := func() {
		select {
		case <-done:
		case <-time.After(patience + time.Second):
			tr.Error("a call does not end, though its context did")
		}
	}

	tr.Cleanup(func() {
		cancel()
		ends()
	})

	return ends
}

// ending makes a call that has to end soon, and returns its error.
func (tr *trial) ending(call func() error) error {
	ended := make(chan error, 1)

	tr.beside(func(context.Context) { ended <- call() })()

	select {
	case err := <-ended:
		return err
	default:
		return errHangs
	}
}

// errHangs stands for the error of a call that does not end.
var errHangs = errors.New("the call does not end")
