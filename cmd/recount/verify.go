package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// verifyCommand looks for damage.
type verifyCommand struct{}

// Help returns what the command's help says at length.
func (*verifyCommand) Help() string {
	return `Reads the whole store and compares everything with everything: checksums,
versions and positions without gap, indexes against events. Prints every damaged
place, and ends with exit code 1 if there is one.

Examples:
  recount verify
  recount verify --store pebble:restored --json`
}

// verified says what was looked at, as JSON.
type verified struct {
	Events  uint64 `json:"events"`
	Streams uint64 `json:"streams"`
	IDs     uint64 `json:"ids"`
	Damages uint64 `json:"damages"`
}

// damage is a damaged place, as JSON.
type damage struct {
	Place   string `json:"place"`
	Problem string `json:"problem"`
}

// Run looks for damage.
func (*verifyCommand) Run(ctx context.Context, s *session) error {
	return s.withStore(ctx, backends.Options{MustExist: true}, func(b store.Backend) error {
		return s.verify(ctx, b)
	})
}

// verify reads the whole store and prints what is wrong with it.
func (s *session) verify(ctx context.Context, b store.Backend) error {
	if b.Maintenance == nil {
		return errNoFiles("verify")
	}

	shown := s.startProgress("verifying", inChecks)
	defer shown.clear()

	out := bufio.NewWriter(s.out)
	result, err := b.Maintenance.Verify(ctx, func(d *store.DamageError) {
		shown.clear()
		s.printDamage(out, d)
	}, shown.update)
	shown.clear()
	if err != nil {
		return cmp.Or(err, out.Flush())
	}

	if err := s.printVerified(out, result); err != nil {
		return err
	}

	if result.Damages > 0 {
		s.complain(fault.Internal("the store is damaged: keep a copy of it as it is, and restore a backup"), 0)

		return errReported
	}

	return nil
}

func (s *session) printDamage(out *bufio.Writer, d *store.DamageError) {
	if s.json {
		_ = writeJSON(out, damage{d.Place, d.Problem}) // flushing reports it

		return
	}

	fmt.Fprintln(out, oneLine(d.Error()))
}

func (s *session) printVerified(out *bufio.Writer, v store.Verified) error {
	if s.json {
		if err := writeJSON(out, verified(v)); err != nil {
			return err
		}

		return out.Flush()
	}

	found := "no damage"
	if v.Damages > 0 {
		found = counted(v.Damages, "damaged place")
	}

	fmt.Fprintf(out, "%s in %s, %s given by callers: %s\n",
		counted(v.Events, "event"), counted(v.Streams, "stream"), counted(v.IDs, "ID"), found)

	return out.Flush()
}

// errNoFiles says that a store has nothing to care for.
func errNoFiles(what string) error {
	return fault.Invalid("this store has no files to %s: name one in a folder, such as --store %s", what, defaultStore)
}
