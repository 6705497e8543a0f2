package door

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// pointHelp says what a point looks like in a query.
const pointHelp = "give a version, 1 or more, or a time such as 2026-11-21T10:00:00Z"

// ParsePoint reads a point as it stands in a query: a version or a time. Empty
// text is now.
func ParsePoint(text string) (store.Point, error) {
	if text == "" {
		return store.Point{}, nil
	}

	if strings.Trim(text, "0123456789") == "" {
		return versionPoint(text)
	}

	at, err := time.Parse(time.RFC3339, strings.ToUpper(strings.ReplaceAll(text, " ", "+")))
	if err != nil || at.Year() < 1 {
		return store.Point{}, fault.Invalid("at cannot be %.40q: %s", text, pointHelp)
	}

	return store.Point{Time: at}, nil
}

// ReadPoint reads a point as it stands in an object: a number is a version, a
// string a time. Nothing, and null, are now.
func ReadPoint(raw json.RawMessage) (store.Point, error) {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return store.Point{}, nil
	case raw[0] != '"':
		return versionPoint(string(raw))
	}

	var text string
	if err := json.Unmarshal(raw, &text); err != nil || !strings.ContainsRune(text, '-') {
		return store.Point{}, fault.Invalid("at cannot be %.40s: give a version as a number, 1 or more, or a time such as \"2026-11-21T10:00:00Z\"", raw)
	}

	return ParsePoint(text)
}

// versionPoint reads the number of a version.
func versionPoint(text string) (store.Point, error) {
	version, err := strconv.ParseUint(text, 10, 53)
	if err != nil || version == 0 || text[0] == '+' {
		return store.Point{}, fault.Invalid("at cannot be %.40s: %s", text, pointHelp)
	}

	return store.Point{Version: event.Version(version)}, nil
}
