package config_test

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/cmd/recount/config"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

const whole = `
listen: :4000
store: pebble:data
tls: { cert: tls/cert.pem, key: tls/key.pem }
auth:
  anonymous: true
  jwt:
    secret: 0123456789abcdef0123456789abcdef
    public_key: keys/public.pem
    issuer: https://login.example.com/
    audience: recount
    algorithms: [HS256, ES256]
    leeway: 5s
    claims: { id: user_id, role: roles }
  origins: ["https://app.example.com", "HTTPS://Other.example.com:8443/"]
limits:
  data: 2MiB
  frame: 1.25MiB
  append_events: 2_000
  append_bytes: 20MB
  id: 100
  name: 200
  meta: 1KiB
  signal: 300 B
  stream: 201
  type: 127
  topics: 3
  pushes_per_second: 4
  push_burst: 5
  queued_signals: 6
  first_frame: 7s
  silence: 1m30s
  write_stall: 9s
categories:
  meeting:
    events:
      card_added: { schema: schemas/card_added.json }
      card_moved:
      topic_viewed: { throttle: { within: 15m, by: [actor, subject], window: sliding } }
      "42": { throttle: { within: 1h, window: fixed } }
      reaction_sent: { replay: false }
      card_removed: { replay: true }
    signals: [cursor_moved, typing]
    presence: true
    unknown_events: reject
    guards:
      join: true
      append: caller.role != 'viewer'
  order:
  $account: { guards: { read: "caller.role == 'support'" } }
`

// TestLoad reads a configuration that says everything there is to say.
func TestLoad(t *testing.T) {
	t.Parallel()

	dir := folder(t)
	writeCertificate(t, dir)

	c, err := load(t, dir, whole, nil)
	if err != nil {
		t.Fatal(err)
	}

	if c.Listen != ":4000" || c.Store != "pebble:"+filepath.Join(dir, "data") {
		t.Errorf("got %q, %q", c.Listen, c.Store)
	}

	if want := (config.TLS{Cert: filepath.Join(dir, "tls", "cert.pem"), Key: filepath.Join(dir, "tls", "key.pem")}); c.TLS != want {
		t.Errorf("got %+v", c.TLS)
	}

	if want := []string{"https://app.example.com", "https://other.example.com:8443"}; !slices.Equal(c.Origins, want) {
		t.Errorf("got %q", c.Origins)
	}

	wantLimits := config.Limits{
		Data: 2 << 20, Frame: 1280 << 10, AppendEvents: 2000, AppendBytes: 20_000_000, ID: 100, Name: 200, Meta: 1024, Signal: 300, Stream: 201,
		Type: 127, Topics: 3, PushesPerSecond: 4, PushBurst: 5, Signals: 6, FirstFrame: 7 * time.Second, Silence: 90 * time.Second, WriteStall: 9 * time.Second,
	}
	if c.Limits != wantLimits {
		t.Errorf("got %+v", c.Limits)
	}

	jwt := c.Auth.JWT
	if jwt == nil || !strings.Contains(string(jwt.PublicKeys), "BEGIN PUBLIC KEY") {
		t.Fatalf("got %+v", jwt)
	}

	jwt.PublicKeys = nil
	wantJWT := &auth.JWT{
		Secret: []byte("0123456789abcdef0123456789abcdef"), Issuer: "https://login.example.com/", Audience: "recount",
		Algorithms: []string{"HS256", "ES256"}, Leeway: 5 * time.Second, ClaimID: "user_id", ClaimRole: "roles",
	}
	if !reflect.DeepEqual(jwt, wantJWT) || !c.Auth.Anonymous {
		t.Errorf("got %+v", jwt)
	}

	if notes := c.Notes(); len(notes) != 0 {
		t.Errorf("notes: got %q", notes)
	}
}

// TestCategories sees that declarations arrive, and that they can be compiled.
func TestCategories(t *testing.T) {
	t.Parallel()

	dir := folder(t)
	writeCertificate(t, dir)

	c, err := load(t, dir, whole, nil)
	if err != nil {
		t.Fatal(err)
	}

	set, err := category.New(c.Categories)
	if err != nil {
		t.Fatal(err)
	}

	if want := []string{"$account", "meeting", "order"}; !slices.Equal(set.Names(), want) {
		t.Fatalf("got %q", set.Names())
	}

	meeting, err := set.Find("meeting")
	if err != nil {
		t.Fatal(err)
	}

	if !meeting.Presence() || !meeting.LiveOnly("reaction_sent") || meeting.LiveOnly("card_removed") || meeting.Means("typing") != category.Signal {
		t.Error("the declaration is not as it was written")
	}

	if got := meeting.Throttle("topic_viewed"); got == nil || got.Within != 15*time.Minute || !got.Sliding || len(got.By) != 2 {
		t.Errorf("got %+v", got)
	}

	if got := meeting.Throttle("42"); got == nil || got.Within != time.Hour || got.Sliding || len(got.By) != 2 {
		t.Errorf("got %+v", got)
	}

	for _, c := range []struct {
		draft event.Draft
		want  string
	}{
		{event.Draft{Type: "card_added", Data: []byte(`{}`)}, "event card_added: /title: it is missing"},
		{event.Draft{Type: "card_eaten"}, "event card_eaten: the type is not declared in category meeting"},
	} {
		if err := meeting.CheckEvents([]event.Draft{c.draft}); err == nil || err.Error() != c.want {
			t.Errorf("got %v", err)
		}
	}

	for _, c := range []struct {
		role      string
		operation auth.Operation
		stream    event.Stream
		want      fault.Code
	}{
		{"viewer", auth.Append, "meeting:1", fault.CodeForbidden},
		{"editor", auth.Append, "meeting:1", ""},
		{"viewer", auth.Join, "meeting:1", ""},
		{"viewer", auth.Append, "order:1", ""},
		{"viewer", auth.Read, "$account:1", fault.CodeForbidden},
		{"support", auth.Read, "$account:1", ""},
		{"support", auth.Append, "$account:1", fault.CodeForbidden},
	} {
		err := set.Authorize(t.Context(), &auth.Request{Operation: c.operation, Stream: c.stream, Type: "x", Caller: &auth.Caller{ID: "ada", Role: c.role}})
		if fault.Of(err) != c.want {
			t.Errorf("%s on %s by %s: got %v", c.operation, c.stream, c.role, err)
		}
	}
}

// TestNothing sees that a configuration that says nothing is none of zeros.
func TestNothing(t *testing.T) {
	t.Parallel()

	for _, text := range []string{"", "\n", "# nothing\n", "---\n", "{}", "limits:\ncategories:\nauth:\n", "\ufeff# BOM\r\n\r\n"} {
		c, err := load(t, t.TempDir(), text, nil)
		if err != nil {
			t.Errorf("%q: %v", text, err)

			continue
		}

		if c.Listen != "" || c.Store != "" || c.Auth.JWT != nil || c.Auth.Anonymous || c.Limits != (config.Limits{}) || len(c.Categories) > 0 {
			t.Errorf("%q: got %+v", text, c)
		}

		if notes := c.Notes(); len(notes) != 2 {
			t.Errorf("notes: got %q", notes)
		}
	}
}

// TestGuardOfNoCommand sees that a guard which is never asked is told of.
func TestGuardOfNoCommand(t *testing.T) {
	t.Parallel()

	c, err := load(t, t.TempDir(), "auth: { anonymous: true }\ncategories:\n  order: { guards: { dispatch: \"!caller.anonymous\" } }\n  note: { guards: { append: 'true' } }\n", nil)
	if err != nil {
		t.Fatal(err)
	}

	if c.Categories["order"].Guards.Dispatch == nil || c.Categories["note"].Guards.Dispatch != nil {
		t.Errorf("got %+v", c.Categories)
	}

	if notes := c.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "guard dispatch of category order is never asked") {
		t.Errorf("notes: got %q", notes)
	}
}

// TestWindowsText sees that text from an editor on Windows is read as it is.
func TestWindowsText(t *testing.T) {
	t.Parallel()

	c, err := load(t, t.TempDir(), "\ufefflisten: :4000\r\ncategories:\r\n  meeting:\r\n    guards:\r\n      join: |\r\n        caller.id ==\r\n          id\r\n", nil)
	if err != nil {
		t.Fatal(err)
	}

	if c.Listen != ":4000" || c.Categories["meeting"].Guards.Join == nil {
		t.Errorf("got %+v", c)
	}
}

func TestNoSuchFile(t *testing.T) {
	t.Parallel()

	nowhere := filepath.Join(t.TempDir(), "recount.yaml")
	_, err := config.Load(nowhere, func(string) string { return "" })
	if fault.Of(err) != fault.CodeNotFound || !strings.Contains(err.Error(), "recount config example") {
		t.Errorf("got %v", err)
	}

	for _, path := range []string{t.TempDir(), "/dev/null"} {
		if _, err := config.Load(path, func(string) string { return "" }); fault.Of(err) != fault.CodeInvalid || !strings.HasSuffix(err.Error(), "it is no file") {
			t.Errorf("got %v", err)
		}
	}
}

// TestNotesOfJWKS sees that tokens of anybody are spoken of.
func TestNotesOfJWKS(t *testing.T) {
	t.Parallel()

	c, err := load(t, t.TempDir(), "auth: { jwt: { jwks: 'https://login.example.com/jwks.json' } }\ncategories: { a: }", nil)
	if err != nil {
		t.Fatal(err)
	}

	if notes := c.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "auth.jwt.issuer") {
		t.Errorf("notes: got %q", notes)
	}
}
