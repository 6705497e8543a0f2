package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/recountdev/recount/internal/jsonscan"
)

// Limits says how large the parts of an event may be, in bytes. The zero value
// is ready to use.
type Limits struct {
	// Stream is the longest name of a stream. Defaults to 255.
	Stream int
	// Type is the longest type. Defaults to 128.
	Type int
	// ID is the longest ID. Defaults to 128.
	ID int
	// Name is the longest actor, subject and content type. Defaults to 255.
	Name int
	// Meta is the largest meta. Defaults to 16 KiB.
	Meta int
	// Data is the largest payload. Defaults to 1 MiB.
	Data int
}

// Error says what is wrong with a part of an event, in words for the person who
// can mend it.
type Error struct {
	// Field names the part: stream, type, id, data …
	Field string
	// Problem says what is wrong and what to do instead.
	Problem string
	// TooLarge says that a stated limit was exceeded.
	TooLarge bool
}

// Error returns the field and the problem.
func (e *Error) Error() string { return e.Field + " " + e.Problem }

// FaultCode returns the code that package fault gives this error.
func (e *Error) FaultCode() string {
	if e.TooLarge {
		return "too_large"
	}

	return "invalid"
}

// or returns limit, or otherwise if it is not set.
func or(limit, otherwise int) int {
	if limit > 0 {
		return limit
	}

	return otherwise
}

// CheckStream says what is wrong with the name of a stream, if anything is.
func (l Limits) CheckStream(s Stream) error {
	if err := checkName("stream", string(s), or(l.Stream, 255)); err != nil {
		return err
	}

	category, id, found := strings.Cut(string(s), ":")
	switch {
	case !found:
		return &Error{Field: "stream", Problem: fmt.Sprintf("%q has no category: name it category:id, such as meeting:%s", s, s)}
	case category == "":
		return &Error{Field: "stream", Problem: fmt.Sprintf("%q has an empty category: name it category:id, such as meeting%s", s, s)}
	case id == "":
		return &Error{Field: "stream", Problem: fmt.Sprintf("%q has an empty id: name it category:id, such as %s42", s, s)}
	case id == "*":
		return &Error{Field: "stream", Problem: fmt.Sprintf("%q stands for the whole category: choose another id than *", s)}
	}

	return nil
}

// CheckDraft says what is wrong with a draft, if anything is.
func (l Limits) CheckDraft(d *Draft) error {
	if err := checkName("type", d.Type, or(l.Type, 128)); err != nil {
		return err
	}

	name := or(l.Name, 255)
	for _, optional := range []struct {
		field, value string
		limit        int
	}{
		{"id", string(d.ID), or(l.ID, 128)},
		{"actor", d.Actor, name},
		{"subject", d.Subject, name},
		{"correlation", d.Meta.Correlation, name},
		{"causation", d.Meta.Causation, name},
	} {
		if optional.value == "" {
			continue
		}

		if err := checkName(optional.field, optional.value, optional.limit); err != nil {
			return err
		}
	}

	if err := l.checkMeta(&d.Meta); err != nil {
		return err
	}

	if err := l.checkData(d.ContentType, d.Data); err != nil {
		return err
	}

	if d.Origin > Forked {
		return &Error{Field: "origin", Problem: fmt.Sprintf("%d is none: give event.Native, Imported, Copied or Forked", d.Origin)}
	}

	return checkTimes(d)
}

// checkName checks a name that must not be empty.
func checkName(field, value string, limit int) error {
	if value == "" {
		return &Error{Field: field, Problem: "is empty: give it a name"}
	}

	if len(value) > limit {
		return &Error{Field: field, Problem: fmt.Sprintf("has %d bytes, the limit is %d: shorten it", len(value), limit), TooLarge: true}
	}

	ascii := true
	for i := range len(value) {
		c := value[i]
		if c < ' ' || c == 0x7f {
			return controlError(field, value, i)
		}

		ascii = ascii && c < utf8.RuneSelf
	}

	if ascii {
		return nil
	}

	for i, r := range value {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(value[i:]); size == 1 {
				return &Error{Field: field, Problem: fmt.Sprintf("%q is not UTF-8 at byte %d: encode it as UTF-8", value, i)}
			}
		}

		if unicode.IsControl(r) {
			return controlError(field, value, i)
		}
	}

	return nil
}

func controlError(field, value string, at int) error {
	return &Error{Field: field, Problem: fmt.Sprintf("%q has a control character at byte %d: leave it out", value, at)}
}

func (l Limits) checkMeta(m *Meta) error {
	if m.IsZero() {
		return nil
	}

	if limit := or(l.Meta, 16<<10); m.Size() > limit {
		return &Error{Field: "meta", Problem: fmt.Sprintf("has %d bytes, the limit is %d: put large things into data", m.Size(), limit), TooLarge: true}
	}

	if len(m.Extra) == 0 {
		return nil
	}

	if m.Extra[0] != '{' || !utf8.Valid(m.Extra) || !jsonscan.Valid(m.Extra) {
		return &Error{Field: "meta", Problem: fmt.Sprintf("%.40q is not a JSON object: give an object such as {\"reason\":\"typo\"}", m.Extra)}
	}

	return checkExtra(m.Extra)
}

// checkExtra refuses keys that meta has fields for. It reads the object, which
// takes several times as long as all the other checks, only where such a key can
// be.
func checkExtra(object []byte) error {
	const correlation, causation = "correlation", "causation"
	if !bytes.Contains(object, []byte(correlation)) && !bytes.Contains(object, []byte(causation)) && bytes.IndexByte(object, '\\') < 0 {
		return nil
	}

	var extra map[string]json.RawMessage
	if err := json.Unmarshal(object, &extra); err != nil {
		return &Error{Field: "meta", Problem: fmt.Sprintf("is not a JSON object: %v", err)}
	}

	for _, own := range []string{correlation, causation} {
		if _, twice := extra[own]; twice {
			return &Error{Field: "meta", Problem: fmt.Sprintf("has %q among the rest: it has a field of its own", own)}
		}
	}

	return nil
}

func (l Limits) checkData(contentType string, data []byte) error {
	if limit := or(l.Data, 1<<20); len(data) > limit {
		return &Error{Field: "data", Problem: fmt.Sprintf("has %d bytes, the limit is %d: store it elsewhere and record where", len(data), limit), TooLarge: true}
	}

	if contentType != "" {
		if err := checkName("content type", contentType, or(l.Name, 255)); err != nil {
			return err
		}

		if _, _, err := mime.ParseMediaType(contentType); err != nil || !strings.Contains(contentType, "/") {
			return &Error{Field: "content type", Problem: fmt.Sprintf("%q is not a media type: give one such as application/json or text/plain", contentType)}
		}
	}

	if len(data) == 0 || !IsJSON(contentType) {
		return nil
	}

	if !jsonscan.Valid(data) {
		return &Error{Field: "data", Problem: fmt.Sprintf("%.40q is not JSON%s: quote text (\"…\"), or state another content type", data, syntaxPlace(data))}
	}

	if !utf8.Valid(data) {
		return &Error{Field: "data", Problem: "is not UTF-8, as JSON has to be: encode it as UTF-8, or state another content type"}
	}

	return nil
}

// syntaxPlace says where the JSON text goes wrong.
func syntaxPlace(data []byte) string {
	if syntax := jsonscan.Explain(data); syntax != nil {
		return fmt.Sprintf(" (byte %d: %v)", syntax.Offset, syntax)
	}

	return ""
}

// Times are kept as milliseconds since 1970 and printed as RFC 3339, which has
// four digits for the year.
var (
	earliest = time.Time{}.Add(time.Millisecond) // before it is the zero time, which means none
	latest   = time.Date(9999, time.December, 31, 23, 59, 59, 999_999_999, time.UTC)
)

func checkTimes(d *Draft) error {
	if !d.Time.IsZero() && (d.Time.Before(earliest) || d.Time.After(latest)) {
		return &Error{Field: "time", Problem: "lies outside the years 1 to 9999"}
	}

	if d.Recorded.IsZero() {
		return nil
	}

	if d.Origin == Native {
		return &Error{Field: "recorded time", Problem: "is set on an event that happens here: leave it out, or mark the event's origin"}
	}

	if d.Recorded.Before(time.Unix(0, 0)) || d.Recorded.After(latest) {
		return &Error{Field: "recorded time", Problem: "lies outside the years 1970 to 9999"}
	}

	return nil
}

// IsJSON reports whether a content type is JSON: none given, application/json,
// text/json, or a type with the suffix +json.
func IsJSON(contentType string) bool {
	if contentType == "" || contentType == "application/json" {
		return true
	}

	base, _, _ := strings.Cut(contentType, ";")
	base = strings.ToLower(strings.TrimSpace(base))

	return base == "application/json" || base == "text/json" || strings.HasSuffix(base, "+json")
}
