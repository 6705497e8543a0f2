//go:build !linux

package bench

import "os"

// dataSync makes a file durable.
func dataSync(file *os.File) error { return file.Sync() }

// filesystemOf does not know file systems here.
func filesystemOf(string) (name string, inMemory bool, err error) { return "unknown", false, nil }

// allocated returns the size of a file.
func allocated(info os.FileInfo) int64 { return info.Size() }
