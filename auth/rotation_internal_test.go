package auth

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/recountdev/recount/auth/internal/keyring"
	"github.com/recountdev/recount/fault"
)

// rotating is an issuer with a real server, whose keys change.
type rotating struct {
	*httptest.Server
	set   atomic.Pointer[string]
	asked atomic.Int64
	keys  map[string]ed25519.PrivateKey
}

func newRotating(t *testing.T) *rotating {
	t.Helper()

	i := &rotating{keys: make(map[string]ed25519.PrivateKey)}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		i.asked.Add(1)
		_, _ = w.Write([]byte(*i.set.Load()))
	}))
	t.Cleanup(i.Close)

	return i
}

// publish puts new keys with these IDs in place of those before.
func (i *rotating) publish(t *testing.T, ids ...string) {
	t.Helper()

	var list []string

	for _, id := range ids {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}

		i.keys[id] = private
		list = append(list, fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","kid":%q,"x":%q}`, id, base64.RawURLEncoding.EncodeToString(public)))
	}

	set := `{"keys":[` + strings.Join(list, ",") + `]}`
	i.set.Store(&set)
}

// sign returns a token by the key with an ID, which the header names if named.
func (i *rotating) sign(t *testing.T, id string, named bool) *token {
	t.Helper()

	signed := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{"sub": "anna"})
	if named {
		signed.Header["kid"] = id
	}

	text, err := signed.SignedString(i.keys[id])
	if err != nil {
		t.Fatal(err)
	}

	parsed, err := parseToken(text)
	if err != nil {
		t.Fatal(err)
	}

	return parsed
}

// verifierOf returns a verifier that may fetch again after a gap.
func verifierOf(t *testing.T, i *rotating, gap time.Duration) *verifier {
	t.Helper()

	return &verifier{
		o:      JWT{Algorithms: []string{keyring.EdDSA}, ClaimID: "sub", ClaimRole: "role"},
		now:    time.Now,
		remote: keyring.NewRemote(t.Context(), keyring.Options{URL: i.URL, Gap: gap}),
	}
}

func accepted(t *testing.T, v *verifier, signed *token) {
	t.Helper()

	if c, err := v.verify(t.Context(), signed); err != nil || c.ID != "anna" {
		t.Errorf("got %+v, %v", c, err)
	}
}

func notAccepted(t *testing.T, v *verifier, signed *token, want string) {
	t.Helper()

	if c, err := v.verify(t.Context(), signed); fault.Of(err) != fault.CodeUnauthenticated || !strings.Contains(err.Error(), want) {
		t.Errorf("got %+v, %v, want %s", c, err, want)
	}
}

// TestRotation replaces the key of an issuer.
func TestRotation(t *testing.T) {
	t.Parallel()

	i := newRotating(t)
	i.publish(t, "a")

	v, old := verifierOf(t, i, time.Nanosecond), i.sign(t, "a", true)
	accepted(t, v, old)

	// A new key beside the old one is found by its ID.
	i.publish(t, "b")
	accepted(t, v, i.sign(t, "b", true))

	// The old one is gone with that, and is not believed again.
	notAccepted(t, v, old, `a key (kid "a") that is not among those of this server's JWKS`)

	// Another key under the same ID is found when the set is fetched next.
	last := i.sign(t, "b", true)
	i.publish(t, "b")

	if err := v.remote.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}

	accepted(t, v, i.sign(t, "b", true))
	notAccepted(t, v, last, "is not by a key of this server")

	// An issuer that takes all keys back is obeyed.
	i.publish(t)

	if err := v.remote.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}

	notAccepted(t, v, i.sign(t, "b", true), "is not among those of this server's JWKS")
	notAccepted(t, v, i.sign(t, "b", false), "is not among those of this server's JWKS")
}

// TestRotationWithoutKeyIDs has tokens that do not say which key.
func TestRotationWithoutKeyIDs(t *testing.T) {
	t.Parallel()

	i := newRotating(t)
	i.publish(t, "a")

	v, old := verifierOf(t, i, time.Nanosecond), i.sign(t, "a", false)
	accepted(t, v, old)
	i.publish(t, "x", "b")
	accepted(t, v, i.sign(t, "b", false))
	accepted(t, v, i.sign(t, "x", false))
	notAccepted(t, v, old, "is not by a key of this server")

	// Not more than so many keys are tried.
	many := make([]string, maxTries+1)
	for n := range many {
		many[n] = fmt.Sprint("k", n)
	}

	i.publish(t, many...)
	accepted(t, v, i.sign(t, many[maxTries-1], false))
	notAccepted(t, v, i.sign(t, many[maxTries], false), "is not by a key of this server")
	accepted(t, v, i.sign(t, many[maxTries], true))
}

// TestRotationIsOneFetch has many tokens of a new key at once, and then many
// that are made up.
func TestRotationIsOneFetch(t *testing.T) {
	t.Parallel()

	i := newRotating(t)
	i.publish(t, "a")

	v := verifierOf(t, i, time.Hour)
	accepted(t, v, i.sign(t, "a", true))
	i.publish(t, "b")

	forged := i.sign(t, "b", true)

	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			for range 50 {
				notAccepted(t, v, forged, "is not among those of this server's JWKS")
			}
		})
	}

	wait.Wait()

	if asked := i.asked.Load(); asked != 1 {
		t.Errorf("the JWKS was fetched %d times", asked)
	}
}

// TestIssuerGoesAway shows that known keys go on to hold.
func TestIssuerGoesAway(t *testing.T) {
	t.Parallel()

	i := newRotating(t)
	i.publish(t, "a")

	v := verifierOf(t, i, time.Nanosecond)
	accepted(t, v, i.sign(t, "a", true))
	i.Close()

	known := i.sign(t, "a", true)
	i.publish(t, "b")

	for range 3 {
		notAccepted(t, v, i.sign(t, "b", true), "is not among those of this server's JWKS")
		accepted(t, v, known)
	}
}
