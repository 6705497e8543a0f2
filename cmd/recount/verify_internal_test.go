package main

import (
	"context"
	"errors"
	"testing"

	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// damaged is the maintenance of a store with damage.
type damaged struct{ err error }

func (d damaged) Verify(_ context.Context, found func(*store.DamageError), progress store.Progress) (store.Verified, error) {
	progress(1, 2)
	found(&store.DamageError{Place: "event at position 7", Problem: "the checksum is wrong"})
	found(&store.DamageError{Place: "id x", Problem: "it names no event"})

	return store.Verified{Events: 1234, Streams: 1, IDs: 2, Damages: 2}, d.err
}

func (d damaged) Backup(context.Context, string, store.Progress) error { return d.err }

func TestVerifyFindsDamage(t *testing.T) {
	t.Parallel()

	b := memory.New()
	defer b.Log.Close(t.Context())
	b.Maintenance = damaged{}

	for _, c := range []struct {
		args           []string
		stdout, stderr string
	}{
		{
			[]string{"verify"},
			"damaged: event at position 7: the checksum is wrong\ndamaged: id x: it names no event\n" +
				"1,234 events in 1 stream, 2 IDs given by callers: 2 damaged places\n",
			"recount: the store is damaged: keep a copy of it as it is, and restore a backup\n",
		},
		{
			[]string{"verify", "--json"},
			`{"place":"event at position 7","problem":"the checksum is wrong"}` + "\n" +
				`{"place":"id x","problem":"it names no event"}` + "\n" +
				`{"events":1234,"streams":1,"ids":2,"damages":2}` + "\n",
			`{"code":"internal","message":"the store is damaged: keep a copy of it as it is, and restore a backup"}` + "\n",
		},
	} {
		if r := sharing(b).run(c.args...); r.code != exitFailed || r.stdout != c.stdout || r.stderr != c.stderr {
			t.Errorf("%v: exit code %d\n%s%s", c.args, r.code, r.stdout, r.stderr)
		}
	}
}

func TestVerifyThatCannotFinish(t *testing.T) {
	t.Parallel()

	b := memory.New()
	defer b.Log.Close(t.Context())
	b.Maintenance = damaged{err: errors.New("the disk is gone")}

	r := sharing(b).run("verify")
	if r.code != exitFailed || r.stderr != "recount: the disk is gone\n" || r.stdout != "damaged: event at position 7: the checksum is wrong\ndamaged: id x: it names no event\n" {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}

	if r := sharing(b).run("backup", "somewhere"); r.code != exitFailed || r.stderr != "recount: the disk is gone\n" {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}
