package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/store"
)

const (
	// defaultListen is where the server listens if nobody says otherwise.
	defaultListen = "127.0.0.1:4000"
	// drainWithin is how long the connections are spread over that are closed
	// when the server goes away.
	drainWithin = 10 * time.Second
	// drainGrace is how long clients may take to go.
	drainGrace = 15 * time.Second
)

// serving is a server that is about to run.
type serving struct {
	listen string
	store  string
	views  string
	tls    *tls.Config
	limits backends.Options
	app    recount.Options // without Backend, the database of the views, and Logger
	// wrap adds pages to the handler. Defaults to nothing.
	wrap func(http.Handler) http.Handler
	// say tells a person what now listens at a URL.
	say func(url string)
}

// serve opens the store, listens, and serves until ctx ends. Then it takes leave
// of all clients.
func (s *session) serve(ctx context.Context, v *serving) error {
	var listening net.ListenConfig

	listener, err := listening.Listen(ctx, "tcp", v.listen)
	if err != nil {
		return fault.Unavailable("cannot listen on %s: %w: choose another address with --listen", v.listen, err)
	}
	defer listener.Close()

	return s.withStoreAt(ctx, v.store, v.limits, func(b store.Backend) error {
		v.app.Backend = b
		v.app.Logger = s.logger()

		views, err := projection.Open(ctx, v.views)
		if err != nil {
			return fault.Unavailable("the views %s cannot be opened: %w: name others with views in recount.yaml, or with %s", v.views, err, viewsVariable)
		}

		v.app.Views.Database = views

		app, err := recount.New(context.WithoutCancel(ctx), v.app)
		if err != nil {
			return errors.Join(err, views.Close())
		}

		closing := context.WithoutCancel(ctx)

		return errors.Join(s.serveApp(ctx, app, listener, v), app.Close(closing))
	})
}

// serveApp serves until ctx ends, and then until the clients are gone.
func (s *session) serveApp(ctx context.Context, app *recount.App, listener net.Listener, v *serving) error {
	handler := app.Handler()
	if v.wrap != nil {
		handler = v.wrap(handler)
	}

	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		TLSConfig:         v.tls,
		ErrorLog:          slog.NewLogLogger(s.logger().Handler(), slog.LevelDebug),
	}

	ended := make(chan error, 1)
	go func() {
		if v.tls != nil {
			ended <- server.ServeTLS(listener, "", "")
		} else {
			ended <- server.Serve(listener)
		}
	}()

	if err := s.sayListening(v, listener.Addr()); err != nil {
		_ = server.Close() // the first error is the one to tell

		return err
	}

	select {
	case err := <-ended:
		return fault.Unavailable("the server stopped: %w", err)
	case <-ctx.Done():
	}

	s.notef("Going away: waiting for clients to leave. Ctrl-C ends it at once.")

	leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainGrace)
	defer cancel()

	drained := app.Drain(leaving, drainWithin)
	if err := server.Shutdown(leaving); err != nil {
		return fault.Unavailable("some requests were cut off: %w", err)
	}

	return drained
}

// listeningAt says for programs where the server listens.
type listeningAt struct {
	Listening string `json:"listening"`
}

// sayListening says where the server listens.
func (s *session) sayListening(v *serving, addr net.Addr) error {
	scheme := "http"
	if v.tls != nil {
		scheme = "https"
	}

	url := scheme + "://" + reachable(addr)
	if s.json {
		return writeJSON(s.out, listeningAt{url})
	}

	v.say(url)

	return nil
}

// reachable returns an address that this machine reaches a listener at: one that
// listens on all networks has none of its own.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}

	return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
}

// logger returns where the server's own log goes.
func (s *session) logger() *slog.Logger {
	if s.json {
		return slog.New(slog.NewJSONHandler(s.err, nil))
	}

	return slog.New(slog.NewTextHandler(s.err, nil))
}

// onLoopback says why an address is not one that only this machine reaches; nil
// if it is.
func onLoopback(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fault.Invalid("address %q is none: write HOST:PORT, such as %s", listen, defaultListen)
	}

	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fault.Invalid("without a configuration everybody is an admin, so the server listens on this machine only, not on %s: write a recount.yaml ('recount config example' shows one), or listen on 127.0.0.1", listen)
	}

	return nil
}
