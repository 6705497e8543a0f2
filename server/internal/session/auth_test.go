package session_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/recountdev/recount/auth"
)

// token returns a token of a caller.
func token(t *testing.T, id string, expires time.Time) string {
	t.Helper()

	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": id, "exp": expires.Unix()}).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}

	return signed
}

func quoted(t *testing.T, text string) string {
	t.Helper()

	q, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}

	return string(q)
}

func TestExpiry(t *testing.T) {
	t.Parallel()

	h := newHouse(t, nil)
	c := h.client(auth.Caller{ID: "ada", Expires: time.Now().Add(400 * time.Millisecond)})
	c.join("note:1", `{}`)

	if m := c.until("notice"); !strings.Contains(string(m.Payload), "send $authenticate") {
		t.Errorf("the warning is %s", m.Payload)
	}

	if m := c.until("notice"); !strings.Contains(string(m.Payload), "has expired") {
		t.Errorf("the end is %s", m.Payload)
	}

	if m := c.next(); m.Event != "phx_close" {
		t.Errorf("after the end comes %s", m.Event)
	}

	if status, response := c.ask("note:1", "phx_join", `{}`); status != "error" || !strings.Contains(response, `"unauthenticated"`) {
		t.Errorf("joined again: %s", response)
	}
}

func TestAuthenticateProlongs(t *testing.T) {
	t.Parallel()

	h := newHouse(t, nil)
	c := h.client(auth.Caller{ID: "ada", Expires: time.Now().Add(time.Hour)})
	c.join("note:1", `{}`)

	later := time.Now().Add(2 * time.Hour).Truncate(time.Second)
	if status, response := c.ask("note:1", "$authenticate", `{"token":`+quoted(t, token(t, "ada", later))+`}`); status != "ok" || response != `{"expires":"`+later.UTC().Format(time.RFC3339)+`"}` {
		t.Errorf("got %s %s", status, response)
	}

	if caller := c.Caller(); !caller.Expires.Equal(later) {
		t.Errorf("the caller's token expires at %s, want %s", caller.Expires, later)
	}

	if status, response := c.ask("note:1", "$authenticate", `{"token":`+quoted(t, token(t, "bob", later))+`}`); status != "error" || !strings.Contains(response, `"forbidden"`) {
		t.Errorf("the token of another caller: %s %s", status, response)
	}
}

// TestLosingTheRight asks the guards again, and answers before the end.
func TestLosingTheRight(t *testing.T) {
	t.Parallel()

	h := newHouse(t, nil)
	c := h.client(auth.Caller{ID: "root", Role: "admin"})
	c.join("meeting:*", `{}`)
	c.join("note:1", `{}`)
	c.send(`["1","9","note:1","$authenticate",{"token":` + quoted(t, token(t, "root", time.Now().Add(time.Hour))) + `}]`)

	if m := c.nextButPresence(); m.Event != "phx_reply" || m.Topic != "note:1" {
		t.Errorf("first comes %s on %s", m.Event, m.Topic)
	}

	if m := c.nextButPresence(); m.Event != "notice" || m.Topic != "meeting:*" || !strings.Contains(string(m.Payload), `"forbidden"`) {
		t.Errorf("then comes %s on %s: %s", m.Event, m.Topic, m.Payload)
	}

	if m := c.nextButPresence(); m.Event != "phx_close" || m.Topic != "meeting:*" {
		t.Errorf("at last comes %s on %s", m.Event, m.Topic)
	}

	if status, _ := c.ask("note:1", "x", `{}`); status != "ok" {
		t.Error("the other topic has ended, too")
	}
}

// nextButPresence returns the next message that is not about presence.
func (c *client) nextButPresence() message {
	c.t.Helper()

	for {
		if m := c.next(); !strings.HasPrefix(m.Event, "presence_") {
			return m
		}
	}
}
