package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTypesInFile sees that a file has the types of a configuration that is
// right, and else what it had.
func TestTypesInFile(t *testing.T) {
	t.Parallel()

	p := newProgram(t)
	folder := t.TempDir()
	file, link := filepath.Join(folder, "events.d.ts"), filepath.Join(folder, "link.d.ts")
	want := p.run("types", "--config", "testdata/config/right.yaml").must(t)

	content := func() string {
		t.Helper()

		text, err := os.ReadFile(file)
		must(t, err)

		return string(text)
	}

	if got := p.run("types", "--config", "testdata/config/right.yaml", "-o", file).must(t); got != "" || content() != want {
		t.Errorf("a new file: %q in it, and %q on standard output", content(), got)
	}

	// One that is there is written anew, and stays what it is.
	must(t, os.WriteFile(file, []byte("old"), 0o600))
	must(t, os.Chmod(file, 0o640))
	must(t, os.Symlink("events.d.ts", link))
	p.run("types", "--config", "testdata/config/right.yaml", "--out", link, "--json").must(t)

	if info, err := os.Stat(file); err != nil || content() != want || info.Mode().Perm() != 0o640 {
		t.Errorf("one that was there: %v, %v, %q", info.Mode(), err, content())
	}

	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link: %v, %v", info.Mode(), err)
	}

	// What fails writes nothing.
	must(t, os.WriteFile(file, []byte("old"), 0o600))
	for _, config := range []string{"half.yaml", "empty.yaml", "secrets_wrong.yaml", "nowhere.yaml"} {
		if got := p.run("types", "--config", "testdata/config/"+config, "--out", file); got.code != exitFailed || content() != "old" {
			t.Errorf("%s: %+v, %q", config, got, content())
		}
	}

	if names, err := filepath.Glob(filepath.Join(folder, "*")); err != nil || len(names) != 2 {
		t.Errorf("something was left: %v, %v", names, err)
	}

	if got := p.run("types", "--config", "testdata/config/right.yaml", "--out", os.DevNull); got.code != exitFailed || !strings.Contains(got.stderr, "it is no file") {
		t.Errorf("a device: %+v", got)
	}
}
