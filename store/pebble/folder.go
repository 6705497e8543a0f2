package pebble

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/recountdev/recount/fault"
)

// admit looks whether a folder holds a store, or may hold one: what else it
// holds is somebody else's.
func admit(fs vfs.FS, folder string, mustExist bool) error {
	if info, err := fs.Stat(folder); err == nil && !info.IsDir() {
		return fault.Invalid("%s is a file: name a folder for the store", folder)
	}

	names, err := fs.List(folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fault.Unavailable("list the folder %s: %w", folder, err)
	}

	foreign := ""
	for _, name := range names {
		if strings.HasPrefix(name, "marker.manifest.") {
			return nil
		}

		if !isOwnName(name) && name != "lost+found" && name[0] != '.' {
			foreign = name
		}
	}

	if mustExist && foreign == "" {
		return fault.NotFound("there is no store in %s: append or import makes one, or name another folder", folder)
	}

	if mustExist {
		return fault.NotFound("there is no store in %s, but other things (%s): name another folder", folder, foreign)
	}

	if foreign != "" {
		return fault.Invalid("%s holds no store, but other things (%s): name a folder of the store's own", folder, foreign)
	}

	return nil
}

// isOwnName reports whether a file may be what is left of a store that was
// being made when the power went.
func isOwnName(name string) bool {
	if name == lockName || name == holderName {
		return true
	}

	for _, prefix := range []string{"MANIFEST-", "OPTIONS-", "marker.", "temporary."} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}

	return slices.Contains([]string{".log", ".sst", ".dbtmp"}, path.Ext(name))
}

// settle makes sure that the folder is there, that it may be opened, and that
// it has one name only in this process: Pebble's lock goes by the name.
func settle(fs vfs.FS, folder string) (string, error) {
	if folder == "" {
		return "", fault.Invalid("the store has no folder: name one, such as pebble:recount-data")
	}

	if fs == vfs.Default {
		absolute, err := filepath.Abs(folder)
		if err != nil {
			return "", fault.Unavailable("find the folder %s: %w", folder, err)
		}

		folder = absolute
	}

	if err := makeFolder(fs, folder); err != nil {
		return "", fault.Unavailable("create the folder %s: %w", folder, err)
	}

	if fs == vfs.Default {
		target, err := filepath.EvalSymlinks(folder)
		if err != nil {
			return "", fault.Unavailable("find the folder %s: %w", folder, err)
		}

		folder = target
	}

	return folder, nil
}
