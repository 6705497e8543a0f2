package recount_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// How do I back up a store that is in use, and restore it? The copy is
// consistent while others write. The restored log has another epoch, so
// clients notice that its versions may differ from those they know.
func Example_backup() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "recount")
	check(err)
	defer os.RemoveAll(folder)

	backend, err := backends.Open(ctx, "pebble:"+filepath.Join(folder, "data"))
	check(err)
	app, err := recount.New(ctx, recount.Options{Backend: backend})
	check(err)
	defer app.Close(ctx)

	_, err = app.Log().Append(ctx, store.Batch{Stream: "meeting:42", Drafts: []event.Draft{{Type: "meeting_opened"}}})
	check(err)
	check(backend.Maintenance.Backup(ctx, filepath.Join(folder, "backup"), nil))

	url := "pebble:" + filepath.Join(folder, "restored")
	check(backends.Restore(ctx, filepath.Join(folder, "backup"), url, nil))
	restored, err := backends.Open(ctx, url)
	check(err)
	defer restored.Log.Close(ctx)

	for e, err := range restored.Log.Read(ctx, "meeting:42", store.Range{}) {
		check(err)
		fmt.Println(e.Stream, e.Version, e.Type)
	}

	before, err := app.Log().State(ctx)
	check(err)
	after, err := restored.Log.State(ctx)
	check(err)
	fmt.Println("the same epoch:", before.Epoch == after.Epoch)
	// Output:
	// meeting:42 1 meeting_opened
	// the same epoch: false
}
