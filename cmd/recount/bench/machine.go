package bench

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Machine says where figures were measured.
type Machine struct {
	Go         string `json:"go"`
	Platform   string `json:"platform"`
	CPUs       int    `json:"cpus"`
	Dir        string `json:"dir"`
	Filesystem string `json:"filesystem"`
	// InMemory says that the folder lies in memory, where syncing is free and
	// nothing is durable: figures from there say nothing about a disk.
	InMemory bool `json:"in_memory"`
}

// DescribeMachine says what machine this is, and what a folder lies on.
func DescribeMachine(dir string) (Machine, error) {
	path, err := filepath.Abs(orDot(dir))
	if err != nil {
		return Machine{}, err
	}

	name, inMemory, err := filesystemOf(path)
	if err != nil {
		return Machine{}, err
	}

	return Machine{
		Go:         runtime.Version(),
		Platform:   runtime.GOOS + "/" + runtime.GOARCH,
		CPUs:       runtime.GOMAXPROCS(0),
		Dir:        path,
		Filesystem: name,
		InMemory:   inMemory,
	}, nil
}

// orDot returns dir, or the working directory if it is not set: not the
// system's folder for temporary files, which often lies in memory.
func orDot(dir string) string {
	if dir == "" {
		return "."
	}

	return dir
}

// workspace makes a folder for a run within dir; remove takes it away again.
func workspace(dir string) (folder string, remove func() error, err error) {
	folder, err = os.MkdirTemp(orDot(dir), ".recount-bench-")
	if err != nil {
		return "", nil, fmt.Errorf("make a folder to measure in: %w", err)
	}

	return folder, func() error { return os.RemoveAll(folder) }, nil
}

// diskUsage returns the bytes that the files of a folder take on the disk. A
// file that disappears meanwhile takes none.
func diskUsage(ctx context.Context, folder string) (int64, error) {
	total := int64(0)
	err := filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}

		if err != nil || entry.IsDir() {
			return ignoreMissing(err)
		}

		info, err := entry.Info()
		if err == nil {
			total += allocated(info)
		}

		return ignoreMissing(err)
	})

	return total, err
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}

	return err
}
