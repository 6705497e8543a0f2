package server

import (
	"bytes"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server/internal/object"
)

// queryOf reads a query that may have some parameters, and token, and no others.
func queryOf(r *http.Request, known ...string) (*reader, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fault.Invalid("the query cannot be read: %w: percent-encode what stands in it", err)
	}

	for name := range query {
		if slices.Contains(known, name) || name == "token" {
			continue
		}

		if len(known) == 0 {
			return nil, fault.Invalid("the parameter %.40q is not known: there are none here", name)
		}

		return nil, fault.Invalid("the parameter %.40q is not known: %s", name, object.Hint(name, known))
	}

	return &reader{query: query}, nil
}

// readJSON reads a body that is JSON; it is empty if there is none.
func (s *Server) readJSON(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := s.readBody(w, r)
	if err != nil {
		return nil, err
	}

	body = bytes.Trim(body, " \t\r\n")
	if len(body) == 0 {
		return nil, nil
	}

	if err := checkJSONType(w, r.Header.Get("Content-Type")); err != nil {
		return nil, err
	}

	if !utf8.Valid(body) {
		return nil, fault.Invalid("the body is not UTF-8: encode it as UTF-8")
	}

	return body, checkJSON(body, "give one value, or nothing")
}

// checkJSONType refuses a content type that is not that of JSON.
func checkJSONType(w http.ResponseWriter, stated string) error {
	const accepted = "application/json"

	if stated == "" {
		return fault.Invalid("there is no Content-Type: send %s", accepted)
	}

	media, parameters, err := mime.ParseMediaType(stated)
	charset := parameters["charset"]
	if err == nil && media == accepted && (charset == "" || strings.EqualFold(charset, "utf-8")) {
		return nil
	}

	w.Header().Set("Accept-Post", accepted)

	return withStatus(http.StatusUnsupportedMediaType, fault.Invalid("Content-Type %.80q is not possible here: send %s, in UTF-8", stated, accepted))
}

// idempotencyKey returns the ID of a command, "" if there is none. It is a string
// in quotes, as the draft of that header says, or the same without quotes, as
// most clients send it, if nothing is in it that needs them.
func idempotencyKey(header http.Header) (string, error) {
	values := header.Values("Idempotency-Key")
	if len(values) == 0 {
		return "", nil
	}

	if len(values) > 1 {
		return "", fault.Invalid("Idempotency-Key stands %d times: send it once", len(values))
	}

	text := strings.Trim(values[0], " \t")
	if quoted, ok := strings.CutPrefix(text, `"`); ok {
		text, ok = unquoted(quoted)
		if !ok {
			return "", fault.Invalid("Idempotency-Key %.80q is no string in quotes: end it with a quote, use printable ASCII only, and write a quote or backslash in it with a backslash before", values[0])
		}
	} else if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`",;\`, r) }) {
		return "", fault.Invalid("Idempotency-Key %.80q needs quotes: send printable ASCII, in quotes if there are spaces or any of \" , ; \\ in it", values[0])
	}

	if text == "" {
		return "", fault.Invalid("Idempotency-Key is empty: send an ID that is new for every new command, or leave it out")
	}

	return text, nil
}

// unquoted reads the rest of a string after its first quote, as structured fields
// (RFC 9651) have it, and reports whether it is one.
func unquoted(text string) (string, bool) {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]

		switch {
		case c == '"':
			return out.String(), i == len(text)-1
		case c < ' ' || c > '~':
			return "", false
		case c == '\\':
			i++
			if i == len(text) || text[i] != '"' && text[i] != '\\' {
				return "", false
			}

			c = text[i]
		}

		out.WriteByte(c)
	}

	return "", false
}
