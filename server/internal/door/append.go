package door

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// Append records drafts in a stream, all or none, as the caller's: the actor is
// the caller unless an admin names another. It fails with the codes of
// store.Log.Append, and with fault.CodeForbidden, fault.CodeNotFound for a
// category that is not declared, and fault.CodeRejected for data that is not as
// declared. The drafts are changed.
func (d *Door) Append(ctx context.Context, c *auth.Caller, stream event.Stream, expect store.Expectation, drafts []event.Draft) (store.Receipt, error) {
	if err := d.checkExisting(stream); err != nil {
		return store.Receipt{}, err
	}

	switch {
	case len(drafts) == 0:
		return store.Receipt{}, fault.Invalid("there is no event: give at least one")
	case len(drafts) > d.events:
		return store.Receipt{}, fault.TooLarge("an append of %d events is over the limit of %d: append them in several", len(drafts), d.events)
	}

	for i := range drafts {
		if err := d.admit(ctx, c, stream, &drafts[i]); err != nil {
			return store.Receipt{}, inDraft(i, len(drafts), err)
		}
	}

	found, err := d.categories.Find(stream.Category())
	if err != nil {
		return store.Receipt{}, err
	}

	if err := found.CheckEvents(drafts); err != nil {
		return store.Receipt{}, err
	}

	receipt, err := d.log.Append(ctx, store.Batch{Stream: stream, Expect: expect, Drafts: drafts})
	if duplicate, ok := errors.AsType[*store.DuplicateError](err); ok && duplicate.Stream != stream && !c.IsAdmin() {
		return receipt, fault.Conflict("id %s is already recorded in another stream: use a new id for a new event", duplicate.ID)
	}

	return receipt, err
}

// admit looks at one draft: its form, its caller's right, what it says of itself.
func (d *Door) admit(ctx context.Context, c *auth.Caller, stream event.Stream, draft *event.Draft) error {
	if err := d.limits.CheckDraft(draft); err != nil {
		return err
	}

	if strings.HasPrefix(draft.Type, "$") {
		return fault.Invalid("type %q: names that start with $ are the system's own; choose another name", draft.Type)
	}

	request := auth.Request{Operation: auth.Append, Caller: c, Stream: stream, Type: draft.Type, Subject: draft.Subject}
	if event.IsJSON(draft.ContentType) {
		request.Data = draft.Data
	}

	if err := d.categories.Authorize(ctx, &request); err != nil {
		return err
	}

	if draft.Actor != "" && draft.Actor != c.ID && !c.IsAdmin() {
		return fault.Forbidden("actor %q: only an admin may name another actor than the caller, %q: leave it out", draft.Actor, c.ID)
	}

	if draft.Actor == "" {
		draft.Actor = c.ID
	}

	return checkMeta(c, draft.Meta.Extra)
}

// checkMeta refuses the system's own keys, and an actor that is none.
func checkMeta(c *auth.Caller, extra []byte) error {
	if len(extra) == 0 {
		return nil
	}

	var keys map[string]json.RawMessage
	if err := json.Unmarshal(extra, &keys); err != nil {
		return fault.Invalid("meta is not a JSON object: %w", err)
	}

	if _, named := keys["actor"]; named && !c.IsAdmin() {
		return fault.Forbidden("meta has the key actor: the actor is the caller, %q; leave it out", c.ID)
	}

	for key := range keys {
		if strings.HasPrefix(key, "$") {
			return fault.Invalid("meta has the key %q: keys that start with $ are the system's own; choose another name", key)
		}
	}

	return nil
}

// inDraft says which of several drafts an error is about.
func inDraft(i, of int, err error) error {
	if of == 1 {
		return err
	}

	return fmt.Errorf("event %d of %d: %w", i+1, of, err)
}
