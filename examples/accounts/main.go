// Accounts is one stream of events for each account, over HTTP and WebSocket:
//
//	POST /accounts {"email": "ada@example.com"}   201 {"account_id": 1}
//	GET /                                         Healthy
//	GET /ws/1?since=0                             a WebSocket of text frames
//
// A socket gets the events of its account as JSON objects with id, type, payload
// and version: the history, or what came after since (a version or the ID of an
// event), then what comes. It may send
//
//	ping       answered by pong
//	event:2    pokes account 2, whose sockets get the event
//	pause      holds events back, resume goes on; neither is answered
//
// and is told by an object with error and message what cannot be done.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/joho/godotenv"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/fault"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout)
	stop()

	if errors.Is(err, flag.ErrHelp) {
		return
	}

	if err != nil {
		fmt.Fprintln(os.Stderr, "accounts:", err)
		os.Exit(1)
	}
}

// goodbye is how long requests may take that are under way when the program ends.
const goodbye = 10 * time.Second

// run serves until ctx ends.
func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) (err error) {
	listen, url, err := settings(args, getenv)
	if err != nil {
		return err
	}

	backend, err := backends.Open(ctx, url)
	if err != nil {
		return err
	}

	accounts := newAccounts()
	closing := context.WithoutCancel(ctx)

	app, err := recount.New(closing, recount.Options{
		Backend:    backend,
		Aggregates: aggregate.Options{Kinds: []aggregate.Kind{accounts.kind}},
	})
	if err != nil {
		return errors.Join(err, backend.Log.Close(closing))
	}
	defer func() { err = errors.Join(err, app.Close(closing)) }()

	hub, err := newHub(ctx, app.Log())
	if err != nil {
		return err
	}

	var listening net.ListenConfig

	listener, err := listening.Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}

	fmt.Fprintf(out, "Accounts are at http://%s, their events in %s\n", listener.Addr(), url)

	return serve(ctx, listener, &service{app: app, accounts: accounts, hub: hub})
}

// serve answers requests until ctx ends, or something breaks.
func serve(ctx context.Context, listener net.Listener, s *service) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	server := &http.Server{Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 2)
	go func() { ended <- s.hub.run(ctx) }()
	go func() { ended <- server.Serve(listener) }()

	first := <-ended // the hub's, when ctx ends
	cancel()
	s.hub.close()

	leaving, done := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer done()

	err := server.Shutdown(leaving)
	for _, one := range []error{first, <-ended} {
		if !errors.Is(one, http.ErrServerClosed) {
			err = errors.Join(err, one)
		}
	}

	return err
}

// settings come from flags, else the environment, else a file .env.
func settings(args []string, getenv func(string) string) (listen, url string, err error) {
	file, err := godotenv.Read(".env")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", "", fault.Invalid(".env cannot be read: %w: write lines such as RECOUNT_LISTEN=127.0.0.1:4001", err)
	}

	from := func(name, otherwise string) string { return cmp.Or(getenv(name), file[name], otherwise) }
	flags := flag.NewFlagSet("accounts", flag.ContinueOnError)
	flags.StringVar(&listen, "listen", from("RECOUNT_LISTEN", "127.0.0.1:4001"), "where to listen")
	flags.StringVar(&url, "store", from("RECOUNT_STORE", "pebble:accounts-data"), "where events go: pebble:FOLDER or memory:")

	if err := flags.Parse(args); err != nil {
		return "", "", err
	}

	if flags.NArg() > 0 {
		return "", "", fault.Invalid("%q is not understood: run accounts --help", flags.Arg(0))
	}

	return listen, url, nil
}
