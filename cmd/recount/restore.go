package main

import (
	"context"
	"fmt"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/store"
)

// restoreCommand makes a store from a backup.
type restoreCommand struct {
	Folder string `arg:"" help:"Folder of the backup." placeholder:"FOLDER"`
}

// Help returns what the command's help says at length.
func (*restoreCommand) Help() string {
	return `Makes the store that --store names, which must not exist yet, and verifies it.
It gets a new epoch: clients that knew the old one start anew.

Examples:
  recount restore backups/2026-11-21 --store pebble:restored`
}

// Run makes the store.
func (c *restoreCommand) Run(ctx context.Context, s *session) error {
	url, err := s.storeURL()
	if err != nil {
		return err
	}

	shown := s.startProgress("restoring", inBytes)
	defer shown.clear()

	err = backends.Restore(ctx, c.Folder, url, shown.update)
	shown.clear()
	if err != nil {
		return err
	}

	if !s.json {
		if _, err := fmt.Fprintf(s.out, "restored %s from %s\n", url, c.Folder); err != nil {
			return err
		}
	}

	return s.withStoreAt(ctx, url, backends.Options{MustExist: true}, func(b store.Backend) error {
		return s.verify(ctx, b)
	})
}
