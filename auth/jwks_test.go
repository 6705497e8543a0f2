package auth_test

import (
	"bytes"
	"context"
	"crypto"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/fault"
)

// keyServer is a real server with a JWKS that can be replaced.
type keyServer struct {
	*httptest.Server
	set   atomic.Pointer[[]byte]
	asked atomic.Int64
}

func newKeyServer(t *testing.T, keys map[string]crypto.PublicKey) *keyServer {
	t.Helper()

	s := &keyServer{}
	s.replace(t, keys)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.asked.Add(1)

		if set := s.set.Load(); set != nil {
			_, _ = w.Write(*set)
			return
		}

		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(s.Close)

	return s
}

func (s *keyServer) replace(t *testing.T, keys map[string]crypto.PublicKey) {
	t.Helper()

	set := jwks(t, keys)
	s.set.Store(&set)
}

// logged is a log that can be read while it is written.
type logged struct {
	sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.Lock()
	defer l.Unlock()

	return l.text.Write(p)
}

func (l *logged) String() string {
	l.Lock()
	defer l.Unlock()

	return l.text.String()
}

func TestJWKS(t *testing.T) {
	t.Parallel()

	i, other := newIssuer(t), newIssuer(t)
	s := newKeyServer(t, map[string]crypto.PublicKey{"r": &i.rsa.PublicKey, "e": &i.ec.PublicKey, "d": i.ed25519.Public()})
	a := newAuthenticator(t, auth.Options{JWT: &auth.JWT{JWKS: s.URL, Issuer: "https://login.example.com"}})

	kid := func(id string) map[string]any { return map[string]any{"kid": id} }

	// New does not wait for the keys. The first token does.
	for name, token := range map[string]string{
		"RS256":            sign(t, jwt.SigningMethodRS256, i.rsa, kid("r"), claimsOf(nil)),
		"ES256":            sign(t, jwt.SigningMethodES256, i.ec, kid("e"), claimsOf(nil)),
		"EdDSA":            sign(t, jwt.SigningMethodEdDSA, i.ed25519, kid("d"), claimsOf(nil)),
		"ES256 without ID": sign(t, jwt.SigningMethodES256, i.ec, nil, claimsOf(nil)),
	} {
		if got, err := a.Token(t.Context(), token); err != nil || got.ID != "anna" {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}

	for name, c := range map[string]struct{ token, want string }{
		"kid of another key":        {sign(t, jwt.SigningMethodES256, other.ec, kid("e"), claimsOf(nil)), "is not by a key of this server"},
		"kid of another kind":       {sign(t, jwt.SigningMethodES256, i.ec, kid("r"), claimsOf(nil)), "is not by a key of this server"},
		"unknown kid, a known key":  {sign(t, jwt.SigningMethodES256, i.ec, kid("x"), claimsOf(nil)), `the token is signed with a key (kid "x") that is not among those of this server's JWKS: get a fresh one`},
		"no kid, another key":       {sign(t, jwt.SigningMethodES256, other.ec, nil, claimsOf(nil)), "is not by a key of this server"},
		"HS256 with the JWKS":       {sign(t, jwt.SigningMethodHS256, *s.set.Load(), kid("r"), claimsOf(nil)), "this server takes RS256, ES256, EdDSA"},
		"HS256 with the public key": {sign(t, jwt.SigningMethodHS256, publicPEM(t, &i.rsa.PublicKey), kid("r"), claimsOf(nil)), "this server takes RS256, ES256, EdDSA"},
		"another issuer":            {sign(t, jwt.SigningMethodES256, i.ec, kid("e"), claimsOf(jwt.MapClaims{"iss": "x"})), `the token is from "x"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, a, c.token, c.want)
		})
	}
}

// TestJWKSFlood shows that made-up key IDs do not become requests.
func TestJWKSFlood(t *testing.T) {
	t.Parallel()

	i, other := newIssuer(t), newIssuer(t)
	s := newKeyServer(t, map[string]crypto.PublicKey{"e": &i.ec.PublicKey})
	a := newAuthenticator(t, auth.Options{JWT: &auth.JWT{JWKS: s.URL}})
	forged := sign(t, jwt.SigningMethodEdDSA, other.ed25519, map[string]any{"kid": "x"}, claimsOf(nil))

	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			for range 20 {
				if _, err := a.Token(t.Context(), forged); fault.Of(err) != fault.CodeUnauthenticated {
					t.Errorf("got %v", err)
				}
			}
		})
	}

	wait.Wait()

	// The first fetch at the start, and none within 10 s of it. A machine that
	// is so slow that the 10 s are over may see one more.
	if asked := s.asked.Load(); asked > 2 {
		t.Errorf("the JWKS was fetched %d times", asked)
	}

	if _, err := a.Token(t.Context(), sign(t, jwt.SigningMethodES256, i.ec, map[string]any{"kid": "e"}, claimsOf(nil))); err != nil {
		t.Error(err)
	}
}

// TestJWKSIsDown shows what a token is answered while there are no keys, and
// that the log says why.
func TestJWKSIsDown(t *testing.T) {
	t.Parallel()

	i, log := newIssuer(t), &logged{}
	s := newKeyServer(t, nil)
	s.set.Store(nil)

	a := newAuthenticator(t, auth.Options{JWT: &auth.JWT{JWKS: s.URL, PublicKeys: publicPEM(t, i.ed25519.Public())}, Anonymous: true, Logger: slog.New(slog.NewTextHandler(log, nil))})
	token := sign(t, jwt.SigningMethodES256, i.ec, map[string]any{"kid": "e"}, claimsOf(nil))

	_, err := a.Token(t.Context(), token)
	if want := "this server cannot fetch the keys that verify tokens: try again in a moment, its log says why"; fault.Of(err) != fault.CodeUnavailable || err.Error() != want {
		t.Errorf("got %v (%s), want %s", err, fault.Of(err), want)
	}

	for _, want := range []string{"the keys that verify tokens could not be fetched", "url=" + s.URL, "503 Service Unavailable", "old_keys_kept=false", "retry_in=1s"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %s:\n%s", want, log)
		}
	}

	// Others get in all the same.
	if _, err := a.Token(t.Context(), sign(t, jwt.SigningMethodEdDSA, i.ed25519, map[string]any{"kid": "d"}, claimsOf(nil))); err != nil {
		t.Error(err)
	}

	if _, err := a.Request(request("/"), ""); err != nil {
		t.Error(err)
	}
}

// TestJWKSEndsWithItsContext shows that what is known stays known, and that
// nobody waits for what will not come.
func TestJWKSEndsWithItsContext(t *testing.T) {
	t.Parallel()

	i := newIssuer(t)
	s := newKeyServer(t, map[string]crypto.PublicKey{"e": &i.ec.PublicKey})

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()

	a, err := auth.New(ctx, auth.Options{JWT: &auth.JWT{JWKS: s.URL}, Now: now})
	if err != nil {
		t.Fatal(err)
	}

	good := sign(t, jwt.SigningMethodES256, i.ec, map[string]any{"kid": "e"}, claimsOf(nil))
	if _, err := a.Token(t.Context(), good); err != nil {
		t.Fatal(err)
	}

	cancel()

	if _, err := a.Token(t.Context(), good); err != nil {
		t.Error(err)
	}

	if _, err := a.Token(t.Context(), sign(t, jwt.SigningMethodES256, i.ec, map[string]any{"kid": "x"}, claimsOf(nil))); fault.Of(err) != fault.CodeUnauthenticated {
		t.Errorf("got %v", err)
	}
}

// TestJWKSWarns shows what an operator is told at the start.
func TestJWKSWarns(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		o    auth.JWT
		want []string
	}{
		{auth.JWT{JWKS: "http://192.0.2.1/jwks.json", Issuer: "x"}, []string{"without TLS"}},
		{auth.JWT{JWKS: "http://localhost/jwks.json"}, []string{"whoever it was issued for"}},
		{auth.JWT{JWKS: "https://[::1]/jwks.json", Audience: "x"}, nil},
	} {
		log := &logged{}
		c.o.Client = &http.Client{Transport: refusing{}}

		ctx, cancel := context.WithCancel(t.Context())
		if _, err := auth.New(ctx, auth.Options{JWT: &c.o, Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))}); err != nil {
			t.Error(err)
		}

		cancel()

		text := log.String()
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the log has no %q:\n%s", c.o.JWKS, want, text)
			}
		}

		if strings.Count(text, "level=WARN") != len(c.want) {
			t.Errorf("%s: the log is\n%s", c.o.JWKS, text)
		}
	}
}

// refusing is a network that nobody answers in.
type refusing struct{}

func (refusing) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}
