package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"time"

	"github.com/joho/godotenv"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

const (
	// defaultStore is where events go if nobody says otherwise.
	defaultStore = "pebble:recount-data"
	// storeVariable names the store where no flag does.
	storeVariable = "RECOUNT_STORE"
	// dotEnv may set variables that the environment does not.
	dotEnv = ".env"
	// closeGrace is how long an interrupted command waits for the store to close.
	closeGrace = 10 * time.Second
)

// session is one run of the program: what commands need beside their own flags.
type session struct {
	in        io.Reader
	out, err  screen
	getenv    func(string) string
	openStore opener
	storeFlag string
	json      bool
}

func newSession(env environment) *session {
	return &session{
		in:        env.stdin,
		out:       newScreen(env.stdout, env.getenv),
		err:       newScreen(env.stderr, env.getenv),
		getenv:    env.getenv,
		openStore: env.open,
	}
}

// storeURL returns the store to work on: of the flag, else of the environment,
// else of .env, else the default.
func (s *session) storeURL() (string, error) {
	if s.storeFlag != "" {
		return s.storeFlag, nil
	}

	url, err := s.variable(storeVariable, defaultStore)

	return cmp.Or(url, defaultStore), err
}

// variable returns a variable of the environment, else of .env; "" if neither has
// it.
func (s *session) variable(name, example string) (string, error) {
	if value := s.getenv(name); value != "" {
		return value, nil
	}

	file, err := godotenv.Read(dotEnv)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fault.Invalid("%s cannot be read: %w: write a line such as %s=%s, or use the flag", dotEnv, err, name, example)
	}

	return file[name], nil
}

// withStore opens the store, does something with it, and closes it.
func (s *session) withStore(ctx context.Context, o backends.Options, do func(store.Backend) error) error {
	url, err := s.storeURL()
	if err != nil {
		return err
	}

	return s.withStoreAt(ctx, url, o, do)
}

// withStoreAt is withStore for a store that is named already.
func (s *session) withStoreAt(ctx context.Context, url string, o backends.Options, do func(store.Backend) error) error {
	backend, err := s.openStore(ctx, url, o)
	if err != nil {
		return err
	}

	err = do(backend)

	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeGrace)
	defer cancel()

	if closeErr := backend.Log.Close(closing); err == nil && closeErr != nil {
		return fault.Unavailable("close the store %s: %w", url, closeErr)
	}

	return err
}
