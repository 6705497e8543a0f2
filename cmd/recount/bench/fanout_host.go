package bench

import (
	"context"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/recountdev/recount"
)

// host is a server in this process, on a durable log of its own.
type host struct {
	app     *recount.App
	server  *http.Server
	address string
	ended   chan error
}

// openHost opens a log in a folder, and serves it to everybody on this machine.
func (r *fanoutRun) openHost(ctx context.Context, folder string) (*host, error) {
	backend, err := r.config.Open(ctx, filepath.Join(r.folder, folder, "log"))
	if err != nil {
		return nil, err
	}

	app, err := recount.New(ctx, recount.Options{Backend: backend, Workbench: true})
	if err != nil {
		return nil, closeAfter(ctx, backend.Log, err)
	}

	var listening net.ListenConfig

	listener, err := listening.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, app.Close(context.WithoutCancel(ctx)))
	}

	h := &host{
		app:     app,
		server:  &http.Server{Handler: app.Handler(), ReadHeaderTimeout: 10 * time.Second},
		address: listener.Addr().String(),
		ended:   make(chan error, 1),
	}

	go func() { h.ended <- h.server.Serve(listener) }()

	return h, nil
}

// close ends the server and closes the log. Nothing of it runs on.
func (h *host) close(ctx context.Context) error {
	err := h.server.Close()
	if served := <-h.ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}

	return errors.Join(err, h.app.Close(context.WithoutCancel(ctx)))
}
