package backends

import (
	"strings"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/nearest"
)

const (
	schemeMemory = "memory"
	schemePebble = "pebble"
)

// address is a URL taken apart.
type address struct {
	scheme string
	// folder is where an embedded store lies; empty in memory.
	folder string
}

// parse takes a URL apart, or says how to write it.
func parse(url string) (address, error) {
	scheme, rest, found := strings.Cut(url, ":")
	if !found {
		if scheme == schemeMemory {
			return address{}, fault.Invalid("store %q lacks its colon: write memory:", url)
		}

		return address{}, fault.Invalid("store %q has no scheme: write pebble:%s for a folder, or memory:", url, url)
	}

	switch scheme {
	case schemeMemory:
		if strings.Trim(rest, "/") != "" {
			return address{}, fault.Invalid("store %q names a place, but memory has none: write memory:", url)
		}

		return address{scheme: scheme}, nil
	case schemePebble:
		folder, err := folderOf(url, rest)

		return address{scheme: scheme, folder: folder}, err
	}

	hint := ""
	if near, ok := nearest.Of(strings.ToLower(scheme), []string{schemeMemory, schemePebble}); ok {
		hint = " (did you mean " + near + ":?)"
	}

	return address{}, fault.Invalid("store %q has an unknown scheme%s: use pebble:folder or memory:", redacted(url), hint)
}

// folderOf returns the folder that stands behind pebble:.
func folderOf(url, rest string) (string, error) {
	folder, slashes := strings.CutPrefix(rest, "//")
	switch {
	case folder == "":
		return "", fault.Invalid("store %q names no folder: write pebble:recount-data", url)
	case slashes && !strings.HasPrefix(folder, "/"):
		return "", fault.Invalid("store %q names a host: write pebble:%s for a folder in the working directory, or pebble:///%s for one at the root", url, folder, folder)
	case strings.HasPrefix(folder, "~/") || folder == "~":
		return "", fault.Invalid("store %q begins with ~, which no shell expands there: write \"pebble:$HOME%s\"", url, folder[1:])
	}

	return folder, nil
}

// redacted hides a password: the URL of a database may have one.
func redacted(url string) string {
	authority := strings.Index(url, "//") + 2
	at := strings.LastIndexByte(url, '@')
	if authority < 2 || at < authority {
		return url
	}

	user, _, found := strings.Cut(url[authority:at], ":")
	if !found {
		return url
	}

	return url[:authority] + user + ":…" + url[at:]
}
