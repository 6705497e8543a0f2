package pebble

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/recountdev/recount/fault"
)

const (
	// lockName is the file whose lock holds the folder. It is where Pebble
	// expects its own.
	lockName = "LOCK"
	// holderName is the file that says who holds the folder; it only speaks to
	// people.
	holderName = "HOLDER"
)

// holder is a process that has the log open.
type holder struct {
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

// lockFolder takes the folder for this process alone, or says who has it.
func lockFolder(fs vfs.FS, folder string) (io.Closer, error) {
	lock, err := fs.Lock(fs.PathJoin(folder, lockName))
	if err != nil {
		if !isHeld(err) {
			return nil, fault.Unavailable("lock the folder %s: %w", folder, err)
		}

		return nil, fault.Unavailable("the store %s is held by %s: one process at a time can open it; stop that one first", folder, readHolder(fs, folder))
	}

	if err := writeHolder(fs, folder); err != nil {
		_ = lock.Close() // the first error says more

		return nil, fault.Unavailable("take the folder %s: %w", folder, err)
	}

	return lock, nil
}

// isHeld reports whether a lock failed because somebody has it.
func isHeld(err error) bool {
	if _, file := errors.AsType[*os.PathError](err); file {
		return false // the file itself cannot be opened
	}

	return errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EACCES) || strings.Contains(err.Error(), "held by current process")
}

func readHolder(fs vfs.FS, folder string) string {
	unknown := "another process"
	file, err := fs.Open(fs.PathJoin(folder, holderName))
	if err != nil {
		return unknown
	}
	defer file.Close()

	var h holder
	text, err := io.ReadAll(file)
	if err != nil || json.Unmarshal(text, &h) != nil {
		return unknown
	}

	if h.PID == os.Getpid() {
		return fmt.Sprintf("this process itself (%d), since %s", h.PID, h.Since.Format(time.DateTime))
	}

	return fmt.Sprintf("process %d (%s), since %s UTC", h.PID, h.Command, h.Since.Format(time.DateTime))
}

func writeHolder(fs vfs.FS, folder string) error {
	command := filepath.Base(os.Args[0])
	if len(os.Args) > 1 {
		command += " " + os.Args[1]
	}

	text, err := json.Marshal(holder{PID: os.Getpid(), Command: command, Since: time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return fmt.Errorf("say who holds %s: %w", folder, err)
	}

	return writeFile(fs, fs.PathJoin(folder, holderName), text)
}

// writeFile writes a small file and syncs it.
func writeFile(fs vfs.FS, name string, text []byte) error {
	file, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}

	_, err = file.Write(text)
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}

	return nil
}
