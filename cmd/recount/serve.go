package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/cmd/recount/config"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server"
	"github.com/recountdev/recount/store"
)

// serveCommand runs the server.
type serveCommand struct {
	Config string `help:"Configuration. Defaults to recount.yaml in the working directory, if there is one." placeholder:"FILE"`
	Listen string `help:"Address to listen on. Defaults to what the configuration says, else 127.0.0.1:4000." placeholder:"ADDR"`
}

// Help returns what the command's help says at length.
func (*serveCommand) Help() string {
	return `Clients join topics at /socket/websocket (Phoenix channels) or read streams
below /v1/streams (Durable Streams, SSE). Without a configuration the server is
a workbench: it listens on this machine only, all categories are open, and
every caller is an admin.

Examples:
  recount serve
  recount config example > recount.yaml && recount config check && recount serve
  recount serve --config /etc/recount.yaml --listen :443
  recount serve --listen 127.0.0.1:0 --json`
}

// Run serves until it is interrupted.
func (c *serveCommand) Run(ctx context.Context, s *session) error {
	path := c.Config
	if path == "" {
		path = config.DefaultFile
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return c.workbench(ctx, s)
		}
	}

	loaded, err := s.loadConfig(path, s.err)
	if err != nil {
		return err
	}

	v, err := s.configured(loaded)
	if err != nil {
		return err
	}

	v.listen = cmp.Or(c.Listen, v.listen)
	v.say = func(url string) {
		fmt.Fprintf(s.out, "Recount listens on %s, with %s and the store %s.\n", s.out.styled(bold, url), path, v.store)
	}

	return s.serve(ctx, v)
}

// workbench serves without a configuration.
func (c *serveCommand) workbench(ctx context.Context, s *session) error {
	loaded, err := s.loadConfig("", s.err) // what the environment says
	if err != nil {
		return err
	}

	v, err := s.configured(loaded)
	if err != nil {
		return err
	}

	v.listen = cmp.Or(c.Listen, v.listen)
	v.app.Workbench = true
	if err := onLoopback(v.listen); err != nil {
		return err
	}

	v.say = func(at string) {
		fmt.Fprintf(s.out, "Recount listens on %s, with the store %s.\n%s\n", s.out.styled(bold, at), v.store,
			s.out.styled(red, "This is a WORKBENCH: there is no recount.yaml, so all categories are open and EVERYBODY on this machine is an ADMIN."))
	}

	if s.json {
		s.logger().WarnContext(ctx, "this is a workbench: there is no recount.yaml, so all categories are open and everybody on this machine is an admin")
	}

	return s.serve(ctx, v)
}

// placesOf returns where the server of a configuration keeps events and views.
func (s *session) placesOf(c *config.Config) (events, views string) {
	events = cmp.Or(s.storeFlag, c.Store, defaultStore)

	return events, cmp.Or(c.Views, viewsBeside(events))
}

// configured returns the server that a configuration describes.
func (s *session) configured(c *config.Config) (*serving, error) {
	l := &c.Limits
	parts := event.Limits{Stream: l.Stream, Type: l.Type, ID: l.ID, Name: l.Name, Meta: l.Meta, Data: l.Data}

	at, views := s.placesOf(c)

	queries := make(map[string]recount.Query, len(c.Queries))
	for name := range c.Queries {
		queries[name] = recount.Query{Declaration: c.Queries[name].Declaration, Guard: c.Queries[name].Guard}
	}

	v := &serving{
		listen: cmp.Or(c.Listen, defaultListen),
		store:  at,
		views:  views,
		limits: backends.Options{Limits: store.Limits{Event: parts, Events: l.AppendEvents, Bytes: l.AppendBytes}},
		app: recount.Options{
			Categories: c.Categories,
			Views:      recount.Views{Queries: queries},
			Auth:       c.Auth,
			Origins:    c.Origins,
			Signals:    l.Signals,
			Limits: server.Limits{
				Event:           parts,
				Frame:           l.Frame,
				Body:            l.AppendBytes,
				Events:          l.AppendEvents,
				Topics:          l.Topics,
				PushesPerSecond: l.PushesPerSecond,
				PushBurst:       l.PushBurst,
				Signal:          l.Signal,
				FirstFrame:      l.FirstFrame,
				Silence:         l.Silence,
				Stall:           l.WriteStall,
			},
		},
	}

	if c.TLS.Cert == "" {
		return v, nil
	}

	certificate, err := tls.LoadX509KeyPair(c.TLS.Cert, c.TLS.Key)
	if err != nil {
		return nil, fault.Invalid("tls: the certificate cannot be used: %w", err)
	}

	v.tls = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}}

	return v, nil
}
