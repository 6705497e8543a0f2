package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/fault"
)

// tokenSecret is that of the configurations for tokens.
const tokenSecret = "0123456789abcdef0123456789abcdef"

// withSecret returns a program that has the secret of a configuration.
func withSecret(t *testing.T) *program {
	t.Helper()

	p := newProgram(t)
	p.env["JWT_SECRET"] = tokenSecret

	return p
}

// claimsIn returns what a token says.
func claimsIn(t *testing.T, token string) map[string]any {
	t.Helper()

	parts := strings.Split(strings.TrimSpace(token), ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no token", token)
	}

	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	must(t, err)

	var claims map[string]any
	must(t, json.Unmarshal(text, &claims))

	return claims
}

// TestTokenIsAccepted shows tokens to a server with the same configuration.
func TestTokenIsAccepted(t *testing.T) {
	t.Parallel()

	const file = "testdata/config/token.yaml"

	p := withSecret(t)
	url := p.serve(t, "--config", file)

	for _, c := range []struct{ flags, want string }{
		{"--role editor --claim team=7", ""},
		{"--role editor --claim team=\"7\"", "forbidden"},
		{"--role viewer --claim team=7", "forbidden"},
		{"--role admin", "forbidden"},
	} {
		token := strings.TrimSpace(p.run(append([]string{"token", "--sub", "ada", "--config", file}, strings.Fields(c.flags)...)...).must(t))
		got := p.run("append", "meeting:42", "card_added", "--server", url, "--token", token, "--json")

		if c.want == "" {
			got.must(t)
		} else if got.code == exitOK || !strings.Contains(got.stderr, `"code":"`+c.want) {
			t.Errorf("%s: %+v", c.flags, got)
		}
	}

	admin := strings.TrimSpace(p.run("token", "--sub", "root", "--role", "admin", "--config", file).must(t))
	if got := p.run("tail", "--no-follow", "--since", "1h", "--server", url, "--token", admin).must(t); !strings.Contains(got, "\tcard_added\tada\t") {
		t.Errorf("the actor is another: %q", got)
	}

	// One with another secret is not.
	p.env["JWT_SECRET"] = strings.Repeat("x", 32)
	forged := strings.TrimSpace(p.run("token", "--sub", "root", "--role", "admin", "--config", file).must(t))
	if got := p.run("tail", "--no-follow", "--server", url, "--token", forged, "--json"); !strings.Contains(got.stderr, string(fault.CodeUnauthenticated)) {
		t.Errorf("forged: %+v", got)
	}
}

// serve runs the server until the test ends, and returns its URL.
func (p *program) serve(t *testing.T, flags ...string) string {
	t.Helper()

	ctx, interrupt := context.WithCancel(context.Background())
	read, write := io.Pipe()

	var stderr bytes.Buffer

	code := make(chan int, 1)
	go func() {
		code <- p.start(ctx, strings.NewReader(""), write, &stderr, append([]string{"serve", "--listen", "127.0.0.1:0", "--json"}, flags...)...)

		_ = write.Close()
	}()

	t.Cleanup(func() {
		interrupt()

		if got := <-code; got != exitOK {
			t.Errorf("serve: exit code %d: %s", got, stderr.String())
		}
	})

	line, err := bufio.NewReader(read).ReadBytes('\n')
	if err != nil {
		t.Fatalf("serve does not listen: %v", err)
	}

	var at listeningAt
	must(t, json.Unmarshal(line, &at))

	return at.Listening
}

// TestTokenClaims sees what a token says.
func TestTokenClaims(t *testing.T) {
	t.Parallel()

	p := withSecret(t)

	var got struct {
		Token   string
		Expires time.Time
	}

	before := time.Now().Truncate(time.Second)
	must(t, json.Unmarshal([]byte(p.run("token", "--config", "testdata/config/token.yaml", "--sub", "ada", "--role", "editor", "--ttl", "90m",
		"--claim", `teams=["a","b;c"]`, "--claim", "note=a=b, c", "--claim", `zip="0123"`, "--claim", "empty=", "--json").must(t)), &got))
	after := time.Now()

	if got.Expires.Before(before.Add(90*time.Minute)) || got.Expires.After(after.Add(90*time.Minute)) {
		t.Errorf("it expires at %v, it is %v", got.Expires, after)
	}

	claims := claimsIn(t, got.Token)
	if exp, _ := claims["exp"].(float64); int64(exp) != got.Expires.Unix() {
		t.Errorf("exp is %v, it expires at %v", claims["exp"], got.Expires)
	}

	delete(claims, "exp")
	delete(claims, "iat")

	text, err := json.Marshal(claims)
	must(t, err)

	const want = `{"aud":"recount","empty":"","iss":"https://login.example.com/","note":"a=b, c","rank":"editor","teams":["a","b;c"],"uid":"ada","zip":"0123"}`
	if string(text) != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}

	// Without a role there is none, and without a configuration the claims have their own names.
	p.env["RECOUNT_AUTH_JWT_SECRET"] = tokenSecret
	claims = claimsIn(t, p.run("token", "--sub", "42").must(t))

	exp, _ := claims["exp"].(float64)
	iat, _ := claims["iat"].(float64)

	if len(claims) != 3 || claims["sub"] != "42" || iat == 0 || exp-iat != 3600 {
		t.Errorf("got %v", claims)
	}
}

// TestTokenOfDotEnv sees that the secret may stand in .env.
func TestTokenOfDotEnv(t *testing.T) {
	t.Parallel()

	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "recount.yaml"), []byte("auth: { jwt: { secret: env:JWT_SECRET } }\n"), 0o600))
	must(t, os.WriteFile(filepath.Join(folder, dotEnv), []byte("JWT_SECRET="+tokenSecret+"\n"), 0o600))

	out, err := process(t.Context(), t, folder, "token", "--sub", "ada").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	if got := claimsIn(t, string(out)); got["sub"] != "ada" {
		t.Errorf("got %v", got)
	}
}

// TestTokenProblems sees that no token is made that the server would refuse.
func TestTokenProblems(t *testing.T) {
	t.Parallel()

	p := withSecret(t)
	file := filepath.Join(t.TempDir(), "recount.yaml")

	for _, c := range []struct{ config, flags, want string }{
		{"secret: env:JWT_SECRET", "--sub ada --ttl 0s", "--ttl is 0s: give a second or more"},
		{"secret: env:JWT_SECRET", "--sub ada --ttl=-1h", "--ttl is -1h0m0s: give a second or more"},
		{"secret: env:JWT_SECRET", "--sub ada --claim team", `--claim "team" has no value: write NAME=VALUE`},
		{"secret: env:JWT_SECRET", "--sub ada --claim =7", `--claim "=7" has no name: write NAME=VALUE`},
		{"secret: env:JWT_SECRET", "--sub ada --claim a=1 --claim a=2", "the claim a is there already"},
		{"secret: env:JWT_SECRET", "--sub ada --claim sub=bob", "the claim sub is there already"},
		{"secret: env:JWT_SECRET", "--sub ada --claim exp=1", "the claim exp is there already"},
		{"secret: env:JWT_SECRET", "--sub ada --role x --claim role=y", "the claim role is there already"},
		{"{ secret: env:JWT_SECRET, issuer: https://a.example.com }", "--sub ada --claim iss=b", "the claim iss is there already"},
		{"{ secret: env:JWT_SECRET, claims: { role: id, id: id } }", "--sub ada --role x", "the claim id is there already"},
		{"secret: env:JWT_SECRET", "--sub ada --claim role=7", `the server would refuse this token: the claim "role" of the token is not a string`},
		{"secret: env:JWT_SECRET", "--sub " + strings.Repeat("x", 256), "the server would refuse this token: the ID of the caller"},
		{"{ secret: env:JWT_SECRET, public_key: key.pem, algorithms: [ES256] }", "--sub ada", "add HS256 to auth.jwt.algorithms"},
		{"public_key: key.pem", "--sub ada", "signed with the private key that belongs to auth.jwt.public_key"},
	} {
		jwt := c.config
		if !strings.HasPrefix(jwt, "{") {
			jwt = "{ " + jwt + " }"
		}

		must(t, os.WriteFile(file, []byte("auth: { jwt: "+jwt+" }\n"), 0o600))
		must(t, os.WriteFile(filepath.Join(filepath.Dir(file), "key.pem"), []byte(tokenPublicKey), 0o600))

		got := p.run(append([]string{"token", "--config", file}, strings.Fields(c.flags)...)...)
		if got.code != exitFailed || got.stdout != "" || !strings.Contains(got.stderr, c.want) {
			t.Errorf("%s, %.40s: %+v", c.config, c.flags, got)
		}
	}
}

// tokenPublicKey is a key for ES256.
const tokenPublicKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZG3TcsXAbkFbtIkA4uTHjTZrGiDR
MmuMqpEBG5n/p0q6HwfcAQL6KhwesgT0M2L3kqng5Ew6rcrgNLCe5YaDaQ==
-----END PUBLIC KEY-----
`
