package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/recountdev/recount/cmd/recount/config"
)

// TestEnvironment sees which of environment, .env and file says what holds.
func TestEnvironment(t *testing.T) {
	dir := folder(t)
	t.Chdir(t.TempDir())

	if err := os.WriteFile(".env", []byte("RECOUNT_LISTEN=:2\nRECOUNT_LIMITS_TOPICS=2\nSECRET_OF_FILE=abcdefghijklmnopqrstuvwxyz-12345\nRECOUNT_TOKEN=x\nOTHER=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	c, err := load(t, dir, `
listen: :3
store: env:STORE_URL
auth:
  anonymous: false
  origins: ["https://of.file"]
  jwt: { secret: env:SECRET_OF_FILE, algorithms: [HS256] }
limits: { topics: 3, push_burst: 300, silence: env:SILENCE }
`, map[string]string{
		"STORE_URL": "pebble:elsewhere", "SILENCE": "61s", "RECOUNT_LISTEN": ":1", "RECOUNT_AUTH_ANONYMOUS": "true",
		"RECOUNT_AUTH_ORIGINS": "https://a.example, https://b.example", "RECOUNT_AUTH_JWT_CLAIMS_ID": "uid", "RECOUNT_LIMITS_WRITE_STALL": "env:STALL", "STALL": "3s",
	})
	if err != nil {
		t.Fatal(err)
	}

	if c.Listen != ":1" || c.Store != "pebble:elsewhere" || !c.Auth.Anonymous || c.Limits.Topics != 2 || c.Limits.PushBurst != 300 {
		t.Errorf("got %+v", c)
	}

	if c.Limits.Silence != 61*time.Second || c.Limits.WriteStall != 3*time.Second {
		t.Errorf("got %+v", c.Limits)
	}

	if want := []string{"https://a.example", "https://b.example"}; !slices.Equal(c.Origins, want) {
		t.Errorf("got %q", c.Origins)
	}

	if jwt := c.Auth.JWT; jwt == nil || string(jwt.Secret) != "abcdefghijklmnopqrstuvwxyz-12345" || jwt.ClaimID != "uid" {
		t.Errorf("got %+v", jwt)
	}
}

// TestEnvironmentAlone sees that no file is needed.
func TestEnvironmentAlone(t *testing.T) {
	t.Chdir(t.TempDir())

	c, err := config.Load("", func(name string) string {
		return map[string]string{"RECOUNT_STORE": "memory:", "RECOUNT_AUTH_JWT_SECRET": "0123456789abcdef0123456789abcdef"}[name]
	})
	if err != nil {
		t.Fatal(err)
	}

	if c.Store != "memory:" || c.Auth.JWT == nil {
		t.Errorf("got %+v", c)
	}
}

// TestProblemsInTheEnvironment sees that a mistake in a variable is told with
// its name, below those of the file.
func TestProblemsInTheEnvironment(t *testing.T) {
	dir := folder(t)
	t.Chdir(t.TempDir())

	if err := os.WriteFile(".env", []byte("RECOUNT_LISTN=:2\nRECOUNT_LIMITS_DATA=1\nRECOUNT_TLS_CERT=nowhere.pem\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	got := problemsOf(t, dir, "store: nothing\nlimits: { append_bytes: 1GB }", map[string]string{
		"RECOUNT_LIMITS_DATA": "2MiBs", "RECOUNT_AUTH_ORIGINS": "*", "RECOUNT_AUTH_JWT_SECRET": "short",
	})
	want := []string{
		`1:8: store: "nothing" has no scheme: write pebble:FOLDER or "memory:"`,
		`RECOUNT_AUTH_JWT_SECRET: auth.jwt secret has 5 bytes, which can be guessed: make one of 32 or more, such as with openssl rand -base64 32`,
		`RECOUNT_AUTH_ORIGINS: auth.origins: an origin has no *: list each one that may come, such as https://app.example.com`,
		`RECOUNT_LIMITS_DATA: limits.data: "2MiBs" is no size: write bytes such as 255, or 16KiB or 1.25MiB`,
		`RECOUNT_LISTN in .env: no setting has this variable: did you mean RECOUNT_LISTEN?`,
		`RECOUNT_TLS_CERT in .env: tls.cert: "nowhere.pem" cannot be read: no such file or directory`,
		`RECOUNT_TLS_CERT in .env: tls.cert needs tls.key: name the file of the private key, too`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func TestBrokenDotEnv(t *testing.T) {
	dir := folder(t)
	t.Chdir(t.TempDir())

	if err := os.WriteFile(".env", []byte("RECOUNT_LISTEN 4\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	got := problemsOf(t, dir, "", nil)
	if len(got) != 1 || got[0][:22] != ".env: it cannot be rea" {
		t.Errorf("got %q", got)
	}
}

// TestRelativePaths sees that paths are relative to the file, and those of
// variables to the working directory.
func TestRelativePaths(t *testing.T) {
	dir := folder(t)
	t.Chdir(dir)
	write(t, dir, "conf/recount.yaml", "store: pebble:../data\ncategories: { m: { events: { a: { schema: ../schemas/card_added.json } } } }")

	none := func(string) string { return "" }
	c, err := config.Load("conf/recount.yaml", none)
	if err != nil || c.Store != "pebble:data" {
		t.Errorf("got %+v, %v", c, err)
	}

	for text, want := range map[string]string{
		"pebble:" + filepath.Join(dir, "x"): "pebble:" + filepath.Join(dir, "x"),
		"pebble:///var/x":                   "pebble:///var/x",
		"memory:":                           "memory:",
		"pebble:a b:c":                      "pebble:conf/a b:c",
	} {
		write(t, dir, "conf/recount.yaml", "store: '"+text+"'")
		if c, err := config.Load("conf/recount.yaml", none); err != nil || c.Store != want {
			t.Errorf("%s: got %+v, %v", text, c, err)
		}
	}

	c, err = config.Load("conf/recount.yaml", func(name string) string {
		return map[string]string{"RECOUNT_STORE": "pebble:here"}[name]
	})
	if err != nil || c.Store != "pebble:here" {
		t.Errorf("got %+v, %v", c, err)
	}
}
