package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync/atomic"

	"github.com/recountdev/recount/fault"
)

// remote is the load as seen by the process that measures.
type remote struct {
	in   io.WriteCloser
	out  io.Reader
	wait func() error

	progress atomic.Pointer[func([]uint64)]
	answers  chan loadReport
	ended    chan struct{} // closed when nothing comes any more
	err      error         // why; set before
	said     bytes.Buffer  // on its standard error; complete when wait has returned
}

// startLoad starts the load: this program with some arguments, or, without any,
// a goroutine.
func startLoad(ctx context.Context, args []string) (*remote, error) {
	r := &remote{answers: make(chan loadReport, 1), ended: make(chan struct{})}

	start := r.goroutine
	if len(args) > 0 {
		start = r.process
	}

	if err := start(ctx, args); err != nil {
		return nil, err
	}

	go r.listen()

	return r, nil
}

// goroutine starts the load within this process.
func (r *remote) goroutine(ctx context.Context, _ []string) error {
	orders, in := io.Pipe()
	out, reports := io.Pipe()
	done := make(chan error, 1)

	go func() {
		err := RunFanoutLoad(ctx, orders, reports)
		reports.Close()
		done <- err
	}()

	r.in, r.out, r.wait = in, out, func() error { return <-done }

	return nil
}

// process starts the load as a process.
func (r *remote) process(ctx context.Context, args []string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}

	command := exec.CommandContext(ctx, program, args...) //nolint:gosec // the program is this one
	command.Stderr = &r.said

	if r.in, err = command.StdinPipe(); err != nil {
		return err
	}

	if r.out, err = command.StdoutPipe(); err != nil {
		return err
	}

	r.wait = func() error {
		if err := command.Wait(); err != nil {
			return fault.Internal("the load process: %w: %s", err, &r.said)
		}

		return nil
	}

	return command.Start()
}

// listen takes what the load says until it ends.
func (r *remote) listen() {
	defer close(r.ended)

	for decoder := json.NewDecoder(r.out); ; {
		var said loadReport
		if r.err = decoder.Decode(&said); r.err != nil {
			return
		}

		if said.Progress == nil {
			r.answers <- said
		} else if take := r.progress.Load(); take != nil {
			(*take)(said.Progress)
		}
	}
}

// watch sets who is told of progress; nobody if it is nil. What was said
// before may still come.
func (r *remote) watch(take func([]uint64)) {
	if take == nil {
		r.progress.Store(nil)

		return
	}

	r.progress.Store(&take)
}

// ask gives an order and returns the answer.
func (r *remote) ask(ctx context.Context, o *order) (loadReport, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return loadReport{}, err
	}

	if _, err := r.in.Write(append(text, '\n')); err != nil {
		return loadReport{}, fault.Unavailable("the load process is gone: %w", err)
	}

	select {
	case answer := <-r.answers:
		if answer.Error != "" {
			return answer, fault.Internal("the load: %s", answer.Error)
		}

		return answer, nil
	case <-r.ended:
		return loadReport{}, fault.Unavailable("the load process ended: %w", r.err)
	case <-ctx.Done():
		return loadReport{}, context.Cause(ctx)
	}
}

// close ends the load, and returns when it is gone.
func (r *remote) close() error {
	err := r.in.Close()
	<-r.ended

	return errors.Join(err, r.wait())
}
