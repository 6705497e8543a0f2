package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/recountdev/recount/auth"
)

// issuer signs tokens in tests.
type issuer struct {
	secret  []byte
	rsa     *rsa.PrivateKey
	ec      *ecdsa.PrivateKey
	ed25519 ed25519.PrivateKey
}

// newIssuer returns an issuer with keys of its own, but for the RSA key.
func newIssuer(tb testing.TB) *issuer {
	tb.Helper()

	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}

	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}

	secret := make([]byte, 32)
	_, _ = rand.Read(secret)

	return &issuer{secret: secret, rsa: sharedRSA(), ec: ec, ed25519: ed}
}

// sharedRSA is the RSA key of all issuers: making one takes long.
var sharedRSA = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}

	return key
})

func newRSA(tb testing.TB) *rsa.PrivateKey {
	tb.Helper()

	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		tb.Fatal(err)
	}

	return key
}

// public returns the public keys in PEM.
func (i *issuer) public(tb testing.TB) []byte {
	tb.Helper()

	return slices.Concat(publicPEM(tb, &i.rsa.PublicKey), publicPEM(tb, &i.ec.PublicKey), publicPEM(tb, i.ed25519.Public()))
}

func publicPEM(tb testing.TB, key crypto.PublicKey) []byte {
	tb.Helper()

	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		tb.Fatal(err)
	}

	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// now is when the tests take place.
func now() time.Time { return time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC) }

// claimsOf returns good claims, changed: a nil takes one away.
func claimsOf(change jwt.MapClaims) jwt.MapClaims {
	c := jwt.MapClaims{
		"sub": "anna", "role": "editor", "iss": "https://login.example.com", "aud": []string{"other", "recount"},
		"exp": now().Add(time.Hour).Unix(), "nbf": now().Add(-time.Minute).Unix(), "iat": now().Unix(),
	}

	for name, value := range change {
		if c[name] = value; value == nil {
			delete(c, name)
		}
	}

	return c
}

// sign returns a token.
func sign(tb testing.TB, method jwt.SigningMethod, key any, header map[string]any, c jwt.MapClaims) string {
	tb.Helper()

	token := jwt.NewWithClaims(method, c)
	maps.Copy(token.Header, header)

	text, err := token.SignedString(key)
	if err != nil {
		tb.Fatal(err)
	}

	return text
}

// signRaw returns a token of a header and claims as they are, signed with
// HS256.
func signRaw(tb testing.TB, secret []byte, header, c string) string {
	tb.Helper()

	signed := encode(header) + "." + encode(c)

	signature, err := jwt.SigningMethodHS256.Sign(signed, secret)
	if err != nil {
		tb.Fatal(err)
	}

	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// newAuthenticator returns an authenticator that lives as long as the test.
func newAuthenticator(tb testing.TB, o auth.Options) *auth.Authenticator {
	tb.Helper()

	if o.Now == nil {
		o.Now = now
	}

	a, err := auth.New(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}

	return a
}

// jwks returns the JWKS of public keys by their IDs.
func jwks(tb testing.TB, keys map[string]crypto.PublicKey) []byte {
	tb.Helper()

	list := []map[string]string{}

	for id, key := range keys {
		k := map[string]string{"kid": id, "use": "sig"}
		integer := func(i *big.Int) string { return base64.RawURLEncoding.EncodeToString(i.Bytes()) }

		switch key := key.(type) {
		case *rsa.PublicKey:
			k["kty"], k["alg"], k["n"], k["e"] = "RSA", "RS256", integer(key.N), integer(big.NewInt(int64(key.E)))
		case *ecdsa.PublicKey:
			point, err := key.Bytes()
			if err != nil {
				tb.Fatal(err)
			}

			k["kty"], k["crv"] = "EC", "P-256"
			k["x"], k["y"] = base64.RawURLEncoding.EncodeToString(point[1:33]), base64.RawURLEncoding.EncodeToString(point[33:])
		case ed25519.PublicKey:
			k["kty"], k["crv"], k["alg"], k["x"] = "OKP", "Ed25519", "EdDSA", base64.RawURLEncoding.EncodeToString(key)
		default:
			tb.Fatalf("no JWK for a %T", key)
		}

		list = append(list, k)
	}

	text, err := json.Marshal(map[string]any{"keys": list})
	if err != nil {
		tb.Fatal(err)
	}

	return text
}
