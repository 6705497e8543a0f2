package bench

import (
	"fmt"
	"os"
	"syscall"
)

// dataSync makes the data of a file durable, and of its metadata what is needed
// to read them.
func dataSync(file *os.File) error {
	for {
		err := syscall.Fdatasync(int(file.Fd()))
		if err != syscall.EINTR {
			return err
		}
	}
}

// filesystemOf names the file system that a folder lies on, and says whether it
// lies in memory.
func filesystemOf(dir string) (name string, inMemory bool, err error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		return "", false, fmt.Errorf("look at the file system of %s: %w", dir, err)
	}

	switch magic := uint32(stat.Type); magic {
	case 0x0102_1994:
		return "tmpfs", true, nil
	case 0x8584_58f6:
		return "ramfs", true, nil
	case 0xef53:
		return "ext4", false, nil
	case 0x5846_5342:
		return "xfs", false, nil
	case 0x9123_683e:
		return "btrfs", false, nil
	case 0x2fc1_2fc1:
		return "zfs", false, nil
	case 0x794c_7630:
		return "overlayfs", false, nil
	default:
		return fmt.Sprintf("file system %#x", magic), false, nil
	}
}

// allocated returns the bytes that a file takes on the disk.
func allocated(info os.FileInfo) int64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Blocks * 512
	}

	return info.Size()
}
