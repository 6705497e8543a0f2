package main

import (
	"context"
	"fmt"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/store"
)

// backupCommand copies the store.
type backupCommand struct {
	Folder string `arg:"" help:"Folder for the copy, which must not exist yet." placeholder:"FOLDER"`
}

// Help returns what the command's help says at length.
func (*backupCommand) Help() string {
	return `The copy is consistent, and becomes a store again by recount restore.

Examples:
  recount backup backups/2026-11-21
  recount backup /mnt/usb/recount --store pebble:/var/lib/recount`
}

// copied says what was copied where, as JSON.
type copied struct {
	Store  string `json:"store"`
	Backup string `json:"backup"`
}

// Run makes the copy.
func (c *backupCommand) Run(ctx context.Context, s *session) error {
	url, err := s.storeURL()
	if err != nil {
		return err
	}

	err = s.withStoreAt(ctx, url, backends.Options{MustExist: true}, func(b store.Backend) error {
		if b.Maintenance == nil {
			return errNoFiles("back up")
		}

		shown := s.startProgress("backing up", inBytes)
		defer shown.clear()

		return b.Maintenance.Backup(ctx, c.Folder, shown.update)
	})
	if err != nil {
		return err
	}

	if s.json {
		return writeJSON(s.out, copied{Store: url, Backup: c.Folder})
	}

	_, err = fmt.Fprintf(s.out, "backed up %s to %s\n", url, c.Folder)

	return err
}
