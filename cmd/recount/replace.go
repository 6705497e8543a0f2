package main

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/recountdev/recount/fault"
)

// replaceFile makes a file that has data, or gives one that is there other data,
// at once: who reads it meanwhile sees the old or the new, and what fails leaves
// the old.
func replaceFile(name string, data []byte) error {
	if err := replace(name, data); err != nil {
		if at, ok := errors.AsType[*fs.PathError](err); ok {
			err = at.Err // the name may be that of the file beside it
		}

		return fault.Invalid("%s cannot be written: %w", name, err)
	}

	return nil
}

func replace(name string, data []byte) error {
	if linked, err := filepath.EvalSymlinks(name); err == nil {
		name = linked
	}

	was, err := os.Stat(name)

	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Stat(filepath.Dir(name)); err != nil {
			return errors.New("there is no such folder: make it first")
		}

		was = nil
	case err != nil:
		return err
	case !was.Mode().IsRegular():
		return errors.New("it is no file")
	}

	beside := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+"."+rand.Text())

	err = writeFile(beside, data)
	if err == nil && was != nil {
		err = os.Chmod(beside, was.Mode().Perm())
	}

	if err == nil {
		err = os.Rename(beside, name)
	}

	if err != nil {
		_ = os.Remove(beside) // it may not be there
	}

	return err
}

// writeFile makes a file, and returns when its data is on disk.
func writeFile(name string, data []byte) error {
	//nolint:gosec // who may read what a person asked for is for their umask to say
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}

	_, err = file.Write(data)

	return errors.Join(err, file.Sync(), file.Close())
}
