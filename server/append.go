package server

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// bodyPatience is how long the body of a request may take to arrive.
const bodyPatience = 60 * time.Second

// The limits of a body where nobody states others.
const (
	mostBody     = 16 << 20
	mostMessages = 1000
)

// receipt is the answer to an append.
type receipt struct {
	Version  event.Version  `json:"version"`
	Position event.Position `json:"position"`
	IDs      []event.ID     `json:"ids"`
	Repeated bool           `json:"repeated,omitempty"`
}

// appendToStream answers POST /v1/streams/{stream}.
func (s *Server) appendToStream(w http.ResponseWriter, r *http.Request, c *auth.Caller) error {
	began := time.Now()

	stream, err := s.streamOf(r)
	if err != nil {
		return err
	}

	if _, err := s.door.Category(stream); err != nil {
		return err // before the body is read
	}

	if err := checkAppendHeaders(w, r.Header); err != nil {
		return err
	}

	expect, err := s.expectation(r)
	if err != nil {
		return err
	}

	body, err := s.readBody(w, r)
	if err != nil {
		return err
	}

	drafts, err := parseMessages(stream, body, cmp.Or(s.limits.Events, mostMessages))
	if err != nil {
		return err
	}

	got, err := s.door.Append(r.Context(), c, stream, expect, drafts)
	if conflict, ok := errors.AsType[*store.ConflictError](err); ok && expect != store.Anything() {
		w.Header().Set(headerNextOffset, offsetText(uint64(conflict.Actual)))

		return withStatus(http.StatusPreconditionFailed, err)
	}

	if err != nil {
		return err
	}

	s.metrics.appended(len(drafts), time.Since(began))

	recorded := got.Batches[0]

	answer, err := json.Marshal(receipt{recorded.Version, got.Position, recorded.IDs, got.Repeated})
	if err != nil {
		return err
	}

	w.Header().Set(headerNextOffset, offsetText(uint64(recorded.Version)))
	writeJSON(w, append(answer, '\n'))

	return nil
}

// checkAppendHeaders refuses bodies that are no events, and what other servers of
// the protocol can do and this one cannot: whoever asks for it counts on it.
func checkAppendHeaders(w http.ResponseWriter, header http.Header) error {
	const accepted = "application/json, application/cloudevents+json, application/cloudevents-batch+json"

	for name, instead := range map[string]string{
		"Producer-Id":    "give every event an id, which makes the append idempotent for ever",
		"Producer-Epoch": "give every event an id, which makes the append idempotent for ever",
		"Producer-Seq":   "give every event an id, which makes the append idempotent for ever",
		"Stream-Seq":     "state the expected version by If-Match",
		"Stream-Closed":  "append an event that says so",
	} {
		if header.Get(name) != "" {
			return fault.Invalid("%s is not possible here: %s", name, instead)
		}
	}

	stated := header.Get("Content-Type")
	if stated == "" {
		return fault.Invalid("there is no Content-Type: send application/json")
	}

	media, parameters, err := mime.ParseMediaType(stated)
	charset := parameters["charset"]
	if err != nil || !slices.Contains(strings.Split(accepted, ", "), media) || charset != "" && !strings.EqualFold(charset, "utf-8") {
		w.Header().Set("Accept-Post", accepted)

		return withStatus(http.StatusUnsupportedMediaType, fault.Invalid("Content-Type %.80q is not possible here: send one of %s, in UTF-8", stated, accepted))
	}

	return nil
}

// expectation reads what a request expects of the stream: If-Match with a version,
// with the ETag of an earlier answer, or with * for some stream; If-None-Match: *
// for no stream.
func (s *Server) expectation(r *http.Request) (store.Expectation, error) {
	match, none := strings.Join(r.Header.Values("If-Match"), ", "), strings.Join(r.Header.Values("If-None-Match"), ", ")

	switch {
	case match != "" && none != "":
		return store.Expectation{}, fault.Invalid("If-Match stands beside If-None-Match: send one of them")
	case none == "*":
		return store.NoStream(), nil
	case none != "":
		return store.Expectation{}, fault.Invalid("If-None-Match %.80q is not possible here: send * if there must be no stream yet, or If-Match with the expected version", none)
	case match == "":
		return store.Anything(), nil
	case match == "*":
		return store.SomeStream(), nil
	}

	digits, mark, isTag := strings.Cut(strings.Trim(match, `"`), ".")
	version, err := strconv.ParseUint(digits, 10, 63)
	if err != nil {
		return store.Expectation{}, fault.Invalid(`If-Match %.80q is no version: send one in quotes, such as "17", the ETag of an answer, or * if there must be a stream`, match)
	}

	if !isTag {
		return store.Exactly(event.Version(version)), nil
	}

	state, err := s.door.State(r.Context())
	if err == nil && mark != markOf(state.Epoch) {
		err = withStatus(http.StatusPreconditionFailed, fault.Conflict("If-Match %.80q is of another log: forget what you have and read again", match))
	}

	return store.Exactly(event.Version(version)), err
}

// readBody reads a body within its limits of bytes and time.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyPatience)) // without a connection there is none
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(cmp.Or(s.limits.Body, mostBody))))

	if err == nil {
		_ = control.SetReadDeadline(time.Time{}) // else the rest of the body is not waited for either
	}

	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, fault.TooLarge("the body is over the limit of %d bytes: append in several requests", tooLarge.Limit)
	}

	if errors.Is(err, os.ErrDeadlineExceeded) {
		w.Header().Set("Connection", "close")

		return nil, withStatus(http.StatusRequestTimeout, fault.Invalid("the body did not arrive within %v: send less at once", bodyPatience))
	}

	if err != nil {
		return nil, fault.Invalid("the body did not arrive: %w", err)
	}

	return body, nil
}
