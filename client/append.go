package client

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// Expectation is what an append expects of its stream. The zero value expects
// nothing.
type Expectation struct{ name, value string } // a header

// Anything holds always.
func Anything() Expectation { return Expectation{} }

// Exactly holds if the stream's last event has that version; Exactly(0) is
// NoStream.
func Exactly(v event.Version) Expectation {
	return Expectation{"If-Match", strconv.Quote(strconv.FormatUint(uint64(v), 10))}
}

// NoStream holds if the stream has no event yet.
func NoStream() Expectation { return Expectation{"If-None-Match", "*"} }

// SomeStream holds if the stream has an event.
func SomeStream() Expectation { return Expectation{"If-Match", "*"} }

// Receipt says where an append was recorded.
type Receipt struct {
	// Version and Position of the last event.
	Version  event.Version  `json:"version"`
	Position event.Position `json:"position"`
	// IDs of the events, in order.
	IDs []event.ID `json:"ids"`
	// Repeated says that the append had been recorded before: by somebody who
	// gave the same IDs, or by a try of this one whose answer was lost.
	Repeated bool `json:"repeated"`
}

// tries is how often a request is sent if its answer is lost.
const tries = 3

// Append records drafts in a stream, all or none. Drafts without an ID get one
// before they are sent, and if the answer is lost they are sent again under the
// same IDs: they are recorded once. If no answer comes at all the error has
// fault.CodeUnavailable, and nobody knows; give IDs to find out later. Origin and
// recorded time of drafts do not go over HTTP.
func (c *Client) Append(ctx context.Context, stream event.Stream, expect Expectation, drafts ...event.Draft) (Receipt, error) {
	if err := (event.Limits{}).CheckStream(stream); err != nil {
		return Receipt{}, err
	}

	if len(drafts) == 0 {
		return Receipt{}, fault.Invalid("the append has no draft: give at least one")
	}

	drafts, made := withIDs(drafts)
	r := request{method: http.MethodPost, path: streamPath(stream), header: http.Header{"Content-Type": {"application/json"}}}
	if expect.name != "" {
		r.header.Set(expect.name, expect.value)
	}

	body, err := appendDrafts(nil, drafts)
	if err != nil {
		return Receipt{}, err
	}

	r.body = string(body)

	var receipt Receipt

	err = again(ctx, func() error {
		receipt, err = c.append(ctx, r)

		return err
	})
	if made {
		receipt.Repeated = false // by ourselves
	}

	return receipt, err
}

// again sends what may come twice until there is an answer.
func again(ctx context.Context, send func() error) error {
	for try := 1; ; try++ {
		err := send()

		_, answered := errors.AsType[*Error](err)
		if err == nil || answered || neverSent(err) || ctx.Err() != nil || try == tries {
			return err
		}

		if err := pause(ctx, try); err != nil {
			return err
		}
	}
}

// append sends an append once.
func (c *Client) append(ctx context.Context, r request) (Receipt, error) {
	_, body, err := c.readAll(ctx, r)
	if err != nil {
		return Receipt{}, err
	}

	var receipt Receipt
	if err := json.Unmarshal(body, &receipt); err != nil {
		return Receipt{}, fault.Unavailable("the server's answer cannot be read: %w", err)
	}

	return receipt, nil
}

// withIDs returns drafts that all have an ID, and whether all IDs were made here.
func withIDs(drafts []event.Draft) ([]event.Draft, bool) {
	out, made := slices.Clone(drafts), true
	for i := range out {
		if out[i].ID == "" {
			out[i].ID = event.NewID()
		} else {
			made = false
		}
	}

	return out, made
}

// attributes are those of a CloudEvent beside its data.
type attributes struct {
	ID          event.ID   `json:"id"`
	Type        string     `json:"type"`
	Subject     string     `json:"subject,omitempty"`
	Time        *time.Time `json:"time,omitempty"`
	ContentType string     `json:"datacontenttype,omitempty"`
	Actor       string     `json:"actor,omitempty"`
	Correlation string     `json:"correlationid,omitempty"`
	Causation   string     `json:"causationid,omitempty"`
	Meta        string     `json:"recountmeta,omitempty"`
}

// appendDrafts appends drafts as an array of CloudEvents. The data stays as it is,
// byte for byte.
func appendDrafts(dst []byte, drafts []event.Draft) ([]byte, error) {
	dst = append(dst, '[')
	for i := range drafts {
		if i > 0 {
			dst = append(dst, ',')
		}

		var err error
		if dst, err = appendDraft(dst, &drafts[i]); err != nil {
			return nil, err
		}
	}

	return append(dst, ']'), nil
}

func appendDraft(dst []byte, d *event.Draft) ([]byte, error) {
	if err := (event.Limits{}).CheckDraft(d); err != nil {
		return nil, err // what is not UTF-8 would be changed on its way
	}

	a := attributes{
		ID: d.ID, Type: d.Type, Subject: d.Subject, ContentType: d.ContentType, Actor: d.Actor,
		Correlation: d.Meta.Correlation, Causation: d.Meta.Causation, Meta: string(d.Meta.Extra),
	}
	if !d.Time.IsZero() {
		a.Time = &d.Time
	}

	embedded := event.IsJSON(d.ContentType) && len(bytes.TrimSpace(d.Data)) == len(d.Data)
	if len(d.Data) > 0 && !embedded && a.ContentType == "" {
		a.ContentType = "application/json"
	}

	encoded, err := json.Marshal(a)
	if err != nil {
		return nil, fault.Invalid("the draft cannot be written as JSON: %w", err)
	}

	dst = append(dst, encoded[:len(encoded)-1]...)

	switch {
	case len(d.Data) == 0:
	case embedded:
		dst = append(append(dst, `,"data":`...), d.Data...)
	default:
		dst = append(dst, `,"data_base64":"`...)
		dst = append(base64.StdEncoding.AppendEncode(dst, d.Data), '"')
	}

	return append(dst, '}'), nil
}
