// Recount serves events to those who watch them, and appends, reads, follows,
// imports, exports, backs up and verifies them. Run it with --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/recountdev/recount/backends"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once

	code := run(ctx, os.Args[1:], environment{
		getenv: os.Getenv,
		stdin:  os.Stdin,
		stdout: os.Stdout,
		stderr: os.Stderr,
		open:   backends.OpenWith,
	})

	stop()
	os.Exit(code)
}
