package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/recountdev/recount/cmd/recount/config"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
)

const (
	// viewsVariable names the views where no flag does.
	viewsVariable = "RECOUNT_VIEWS"
	// viewsExample is the URL that a person is shown.
	viewsExample = "sqlite:recount-data-views.db"
)

// viewsBeside returns where the views of a store's events are if nobody says
// otherwise: in a file beside its folder.
func viewsBeside(store string) string {
	folder, ok := strings.CutPrefix(store, "pebble:")
	if !ok {
		return "sqlite::memory:"
	}

	return "sqlite:" + filepath.Clean(folder) + "-views.db"
}

// viewsFlag is the flag of commands that work on the views.
type viewsFlag struct {
	Views string `help:"Views to work on: sqlite:FILE or postgres://…. Defaults to RECOUNT_VIEWS, else to those of recount.yaml, else to a file beside the store." placeholder:"URL"`
}

// url returns the views to work on.
func (f viewsFlag) url(s *session) (string, error) {
	if f.Views != "" {
		return f.Views, nil
	}

	url, err := s.variable(viewsVariable, viewsExample)
	if err != nil || url != "" {
		return url, err
	}

	store, err := s.storeURL()
	if err != nil {
		return "", err
	}

	loaded, err := config.Load(config.DefaultFile, s.getenv)
	if fault.Of(err) == fault.CodeNotFound {
		return viewsBeside(store), nil
	}

	if err != nil {
		return "", fault.Invalid("%s says where the views are, but has mistakes: recount config check lists them; or name the views with --views", config.DefaultFile)
	}

	return cmp.Or(loaded.Views, viewsBeside(cmp.Or(s.storeFlag, loaded.Store, store))), nil
}

// withViews opens the views, which must be there, does something with them, and
// closes them.
func (s *session) withViews(ctx context.Context, f viewsFlag, do func(*projection.Views) error) error {
	return s.openedViews(ctx, f, projection.Open, do)
}

// readViews is withViews for what only reads.
func (s *session) readViews(ctx context.Context, f viewsFlag, do func(*projection.Views) error) error {
	return s.openedViews(ctx, f, projection.OpenReader, do)
}

func (s *session) openedViews(ctx context.Context, f viewsFlag, open func(context.Context, string) (*projection.Views, error), do func(*projection.Views) error) error {
	url, err := f.url(s)
	if err != nil {
		return err
	}

	if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
		if file == ":memory:" {
			return fault.Invalid("the views are in the memory of another process: name others with --views")
		}

		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return fault.NotFound("there are no views in %s: recount serve makes them; name others with --views", file)
		}
	}

	views, err := open(ctx, url)
	if err != nil {
		return err
	}

	return errors.Join(do(views), views.Close())
}
