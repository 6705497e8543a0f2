package backends_test

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

func TestOpen(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)

	for _, c := range []struct{ url, folder string }{
		{"memory:", ""},
		{"memory://", ""},
		{"pebble:data", "data"},
		{"pebble:./sub/data", "sub/data"},
		{"pebble:" + filepath.Join(folder, "absolute"), "absolute"},
		{"pebble://" + filepath.Join(folder, "slashes"), "slashes"},
		{"pebble:with space:and colon", "with space:and colon"},
	} {
		t.Run(c.url, func(t *testing.T) {
			b, err := backends.Open(t.Context(), c.url)
			if err != nil {
				t.Fatal(err)
			}

			appendOne(t, b.Log)
			if err := b.Log.Close(t.Context()); err != nil {
				t.Fatal(err)
			}

			if (b.Maintenance == nil) != (c.folder == "") {
				t.Error("a store in a folder has maintenance, one in memory has none")
			}

			if c.folder == "" {
				return
			}

			if _, err := os.Stat(filepath.Join(folder, c.folder)); err != nil {
				t.Error(err)
			}
		})
	}
}

func appendOne(t *testing.T, log store.Log) {
	t.Helper()

	if _, err := log.Append(t.Context(), store.Batch{Stream: "a:b", Drafts: []event.Draft{{Type: "happened"}}}); err != nil {
		t.Fatal(err)
	}
}

func TestURLs(t *testing.T) {
	t.Parallel()

	for url, hint := range map[string]string{
		"":                            "has no scheme",
		"data":                        "write pebble:data",
		"memory":                      "write memory:",
		"memory:data":                 "memory has none",
		"pebbel:data":                 "did you mean pebble:?",
		"Memory:":                     "did you mean memory:?",
		"postgres://u:secret@h/db":    "unknown scheme",
		"pebble:":                     "names no folder",
		"pebble://data":               "write pebble:data",
		"pebble:~/data":               "$HOME/data",
		"postgres://u:a@b:c@h/db?x=y": "postgres://u:…@h/db?x=y",
	} {
		_, err := backends.Open(t.Context(), url)
		if fault.Of(err) != fault.CodeInvalid || !strings.Contains(err.Error(), hint) || strings.Contains(err.Error(), "secret") {
			t.Errorf("open %q: %v; want %q in it", url, err, hint)
		}

		if err := backends.Restore(t.Context(), "nowhere", url, nil); fault.Of(err) != fault.CodeInvalid {
			t.Errorf("restore into %q: %v", url, err)
		}
	}
}

func TestMustExist(t *testing.T) {
	t.Parallel()

	folder := t.TempDir() // empty
	for _, place := range []string{folder, filepath.Join(folder, "nowhere")} {
		_, err := backends.OpenWith(t.Context(), "pebble:"+place, backends.Options{MustExist: true})
		if fault.Of(err) != fault.CodeNotFound {
			t.Errorf("%s: %v", place, err)
		}
	}

	if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
		t.Errorf("something was made: %v, error %v", entries, err)
	}

	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, fs.ModePerm); err != nil {
		t.Fatal(err)
	}

	if _, err := backends.OpenWith(t.Context(), "pebble:"+file, backends.Options{MustExist: true}); fault.Of(err) != fault.CodeInvalid {
		t.Errorf("a file: %v", err)
	}
}

// TestOptions sees that options arrive.
func TestOptions(t *testing.T) {
	t.Parallel()

	for _, url := range []string{"memory:", "pebble:" + filepath.Join(t.TempDir(), "data")} {
		b, err := backends.OpenWith(t.Context(), url, backends.Options{
			Limits: store.Limits{Events: 1},
			Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}

		_, err = b.Log.Append(t.Context(), store.Batch{Stream: "a:b", Drafts: []event.Draft{{Type: "one"}, {Type: "two"}}})
		if fault.Of(err) != fault.CodeTooLarge {
			t.Errorf("%s: %v", url, err)
		}

		if err := b.Log.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestRestore(t *testing.T) {
	t.Parallel()

	folder := t.TempDir()
	b, err := backends.Open(t.Context(), "pebble:"+filepath.Join(folder, "data"))
	if err != nil {
		t.Fatal(err)
	}

	appendOne(t, b.Log)
	backup := filepath.Join(folder, "backup")
	if err := b.Maintenance.Backup(t.Context(), backup, nil); err != nil {
		t.Fatal(err)
	}

	if err := b.Log.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	url := "pebble:" + filepath.Join(folder, "restored")
	if err := backends.Restore(t.Context(), backup, url, nil); err != nil {
		t.Fatal(err)
	}

	restored, err := backends.OpenWith(context.Background(), url, backends.Options{MustExist: true})
	if err != nil {
		t.Fatal(err)
	}
	defer restored.Log.Close(t.Context())

	if head, err := restored.Log.Head(t.Context(), "a:b"); head != 1 || err != nil {
		t.Errorf("head %d, error %v", head, err)
	}
}
