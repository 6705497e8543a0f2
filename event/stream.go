package event

import "strings"

// Stream names an ordered sequence of events: "category:id", such as
// "meeting:42". The category ends at the first colon. Categories that start
// with "$" are the system's own.
type Stream string

// Category returns the part of the name before the first colon.
func (s Stream) Category() string {
	category, _, _ := strings.Cut(string(s), ":")
	return category
}

// ID returns the part of the name after the first colon.
func (s Stream) ID() string {
	_, id, _ := strings.Cut(string(s), ":")
	return id
}

// IsSystem reports whether the stream is the system's own.
func (s Stream) IsSystem() bool { return strings.HasPrefix(string(s), "$") }

// ParseStream checks a name against the default limits.
func ParseStream(name string) (Stream, error) {
	s := Stream(name)
	return s, Limits{}.CheckStream(s)
}
