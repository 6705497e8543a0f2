package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
)

// Memory is what a process takes.
type Memory struct {
	// RssAnon are the private pages in memory, in bytes: heap, stacks. A
	// program's code is not among them, nor are files that it maps.
	RssAnon int64 `json:"rss_anon"`
	// RSS are all pages in memory, in bytes.
	RSS int64 `json:"rss"`
}

// ReadMemory asks the operating system for the memory of this process. Only
// Linux tells.
func ReadMemory() (Memory, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return Memory{}, fmt.Errorf("this system does not tell the memory of a process as Linux does: %w", err)
	}

	return parseMemory(status)
}

// parseMemory reads the lines "VmRSS:	 1234 kB" and "RssAnon:	 1000 kB".
func parseMemory(status []byte) (Memory, error) {
	var m Memory

	fields := map[string]*int64{"VmRSS:": &m.RSS, "RssAnon:": &m.RssAnon}
	lines := bufio.NewScanner(bytes.NewReader(status))

	for lines.Scan() {
		words := bytes.Fields(lines.Bytes())
		if len(words) < 2 || fields[string(words[0])] == nil {
			continue
		}

		kilobytes, err := strconv.ParseInt(string(words[1]), 10, 64)
		if err != nil {
			return m, fmt.Errorf("read the memory of this process: %w", err)
		}

		*fields[string(words[0])] = kilobytes << 10
	}

	if m.RSS == 0 || m.RssAnon == 0 {
		return m, errors.New("read the memory of this process: the system tells of none")
	}

	return m, lines.Err()
}
