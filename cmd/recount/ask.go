package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/cmd/recount/config"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/projection/journal"
)

// viewsToAsk opens views that understand what those of a configuration will, when
// the server runs: the ones that are there, if a program made more of them than
// the journal, else empty ones. It fails where that cannot be known.
func (s *session) viewsToAsk(ctx context.Context, c *config.Config) (*projection.Views, error) {
	_, url := s.placesOf(c)
	if !strings.HasPrefix(url, "sqlite:") {
		return nil, fault.Unavailable("they are in PostgreSQL, which is not asked here")
	}

	there, err := projection.OpenReader(ctx, url)
	if fault.Of(err) == fault.CodeNotFound {
		return emptyViews(ctx)
	}

	if err != nil {
		return nil, err
	}

	made, err := there.Statuses(ctx)
	journals := slices.ContainsFunc(made, isJournal)

	switch {
	case err != nil:
	case len(made) == 0 || len(made) == 1 && journals:
		if err = there.Close(); err == nil {
			return emptyViews(ctx)
		}
	case journals:
		return there, nil
	default:
		err = fault.Unavailable("other programs made them, and they have no journal yet")
	}

	return nil, errors.Join(err, there.Close())
}

func isJournal(p projection.Status) bool { return p.Name == journal.Name }

// emptyViews returns views in memory that have the journal of no event.
func emptyViews(ctx context.Context) (*projection.Views, error) {
	none, err := backends.Open(ctx, "memory:")
	if err != nil {
		return nil, err
	}

	views, err := projection.Open(ctx, "sqlite::memory:")
	if err != nil {
		return nil, errors.Join(err, none.Log.Close(ctx))
	}

	// The log is not needed any more: nothing is projected.
	_, err = projection.New(ctx, projection.Settings{
		Log: none.Log, Views: views, Definitions: []*projection.Definition{journal.New(journal.Options{})},
	})

	if err = errors.Join(err, none.Log.Close(ctx)); err != nil {
		return nil, errors.Join(err, views.Close())
	}

	return views, nil
}
