package keyring_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recountdev/recount/auth/internal/keyring"
)

// keys are the keys of these tests: making them takes long.
var keys = sync.OnceValue(func() (k struct {
	rsa, weak *rsa.PrivateKey
	ec, p384  *ecdsa.PrivateKey
	ed25519   ed25519.PrivateKey
},
) {
	var errs [5]error

	k.rsa, errs[0] = rsa.GenerateKey(rand.Reader, 2048)
	k.weak, errs[1] = rsa.GenerateKey(rand.Reader, 1024)
	k.ec, errs[2] = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	k.p384, errs[3] = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	_, k.ed25519, errs[4] = ed25519.GenerateKey(rand.Reader)

	for _, err := range errs {
		if err != nil {
			panic(err)
		}
	}

	return k
})

// block returns PEM.
func block(kind string, der []byte, err error) string {
	if err != nil {
		panic(err)
	}

	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func public(key crypto.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	return block("PUBLIC KEY", der, err)
}

func certificate(key *ecdsa.PrivateKey) string {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)

	return block("CERTIFICATE", der, err)
}

func TestParsePEM(t *testing.T) {
	t.Parallel()

	k := keys()
	text := "the keys of 2026\n" + public(&k.rsa.PublicKey) + "\n\n" + block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&k.rsa.PublicKey), nil) +
		public(&k.ec.PublicKey) + certificate(k.ec) + public(k.ed25519.Public())

	got, err := keyring.ParsePEM([]byte(text))
	if err != nil {
		t.Fatal(err)
	}

	want := []string{keyring.RS256, keyring.RS256, keyring.ES256, keyring.ES256, keyring.EdDSA}
	if !slices.EqualFunc(got, want, func(k keyring.Key, algorithm string) bool { return k.Algorithm == algorithm }) {
		t.Errorf("got %v, want keys for %v", got, want)
	}

	if !k.ec.PublicKey.Equal(got[3].Public) || !k.rsa.PublicKey.Equal(got[1].Public) || !k.ed25519.Public().(ed25519.PublicKey).Equal(got[4].Public) { //nolint:errcheck // it is one
		t.Error("the keys are not what was encoded")
	}
}

func TestParsePEMSaysWhatIsWrong(t *testing.T) {
	t.Parallel()

	k := keys()
	private, err := x509.MarshalPKCS8PrivateKey(k.ec)
	sec1, errEC := x509.MarshalECPrivateKey(k.ec)
	good := public(&k.ec.PublicKey)

	for text, want := range map[string]string{
		"":                                  "block 1 is not complete PEM",
		"abc":                               "block 1 is not complete PEM",
		good[:len(good)-10]:                 "block 1 is not complete PEM",
		good + good[:50]:                    "block 2 is not complete PEM",
		strings.ReplaceAll(good, "\n", " "): "block 1 is not complete PEM",
		block("PRIVATE KEY", private, err):  "block 1 (PRIVATE KEY): this is a private key: keep it where tokens are signed, and give the public key",
		good + block("EC PRIVATE KEY", sec1, errEC): "block 2 (EC PRIVATE KEY): this is a private key",
		block("DH PARAMETERS", []byte{1}, nil):      "block 1 (DH PARAMETERS): this is no public key: give a PUBLIC KEY or a CERTIFICATE",
		block("PUBLIC KEY", []byte{1}, nil):         "block 1 (PUBLIC KEY): ",
		block("CERTIFICATE", []byte{1}, nil):        "block 1 (CERTIFICATE): ",
		public(&k.weak.PublicKey):                   "block 1 (PUBLIC KEY): an RSA key of 1024 bits is not safe: make one of 2048",
		public(&k.p384.PublicKey):                   "block 1 (PUBLIC KEY): a key on the curve P-384 is for no algorithm that is known here: make one on P-256 for ES256",
	} {
		if got, err := keyring.ParsePEM([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) || got != nil {
			t.Errorf("%.60q: got %v, want %s", text, err, want)
		}
	}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func TestParseSet(t *testing.T) {
	t.Parallel()

	k := keys()

	point, err := k.ec.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}

	x, y, n, d := b64(point[1:33]), b64(point[33:]), b64(k.rsa.N.Bytes()), b64(k.ed25519[32:])

	for key, want := range map[string]string{ // an algorithm, or why it is left out
		`{"kty":"RSA","n":"` + n + `","e":"AQAB"}`:                                         "RS256",
		`{"kty":"RSA","n":"` + n + `==","e":"AQAB==","alg":"RS256","use":"sig"}`:           "RS256",
		`{"kty":"RSA","n":"` + n + `","e":"AQAB","alg":"RS512"}`:                           `it is for "RS512", not for RS256`,
		`{"kty":"RSA","n":"` + n + `","e":"AQAB","alg":"HS256"}`:                           `it is for "HS256", not for RS256`,
		`{"kty":"RSA","n":"` + n + `","e":"AQ"}`:                                           "its exponent e is not odd and between 3 and 2^31",
		`{"kty":"RSA","n":"` + n + `","e":"BA"}`:                                           "its exponent e is not odd and between 3 and 2^31",
		`{"kty":"RSA","n":"` + n + `","e":"gAAAAQAAAAAB"}`:                                 "its exponent e is not odd and between 3 and 2^31",
		`{"kty":"RSA","n":"` + n + `"}`:                                                    "it has no e",
		`{"kty":"RSA","e":"AQAB"}`:                                                         "it has no n",
		`{"kty":"RSA","n":"%","e":"AQAB"}`:                                                 "its n is not base64url: illegal base64 data at input byte 0",
		`{"kty":"RSA","n":"` + b64(k.weak.N.Bytes()) + `","e":"AQAB"}`:                     "an RSA key of 1024 bits is not safe: make one of 2048",
		`{"kty":"RSA","n":"` + strings.Repeat("_", 3000) + `","e":"AQAB"}`:                 "an RSA key of 18000 bits is not safe: make one of 2048",
		`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `","alg":"ES256"}`:         "ES256",
		`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `","key_ops":["verify"]}`:  "ES256",
		`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `","key_ops":["encrypt"]}`: "its key_ops do not have verify",
		`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `","key_ops":[]}`:          "its key_ops do not have verify",
		`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `","use":"enc"}`:           `its use is "enc", not sig`,
		`{"kty":"EC","crv":"P-256","x":"` + y + `","y":"` + x + `"}`:                       "P256 point not on curve",
		`{"kty":"EC","crv":"P-256","x":"` + x + `"}`:                                       "its y has 0 bytes, not 32",
		`{"kty":"EC","crv":"P-256","x":"AA` + x + `","y":"` + y + `"}`:                     "its x",
		`{"kty":"EC","crv":"P-384","x":"` + x + `","y":"` + y + `"}`:                       `its curve is "P-384", not P-256`,
		`{"kty":"OKP","crv":"Ed25519","x":"` + d + `"}`:                                    "EdDSA",
		`{"kty":"OKP","crv":"Ed25519","x":"` + d + `","alg":"Ed25519"}`:                    "EdDSA",
		`{"kty":"OKP","crv":"X25519","x":"` + d + `"}`:                                     `its curve is "X25519", not Ed25519`,
		`{"kty":"OKP","crv":"Ed25519","x":"AA"}`:                                           "its x has 1 bytes, not 32",
		`{"kty":"oct","k":"c2VjcmV0"}`:                                                     "it is a secret: a set that is published cannot hold one",
		`{"kty":"oct","k":"c2VjcmV0","alg":"HS256"}`:                                       "it is a secret: a set that is published cannot hold one",
		`{"kty":"new"}`: `its kty is "new", not RSA, EC or OKP`,
		`{"kty":7}`:     "json: cannot unmarshal number",
		`[]`:            "json: cannot unmarshal array",
	} {
		text := `{"keys":[` + key + `,{"kty":"OKP","crv":"Ed25519","x":"` + d + `","kid":"last"}]}`

		got, leftOut, err := keyring.ParseSet([]byte(text))
		if err != nil || len(got) == 0 || got[len(got)-1].ID != "last" {
			t.Errorf("%s: got %v, %v", key, got, err)
			continue
		}

		switch {
		case len(leftOut) == 1 && !strings.Contains(leftOut[0], ": "+want):
			t.Errorf("%s is left out: %s, want %s", key, leftOut, want)
		case len(leftOut) == 0 && (len(got) != 2 || got[0].Algorithm != want):
			t.Errorf("%s: got %v, want %s", key, got, want)
		}
	}
}

func TestParseSetSaysWhatIsNoSet(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		"":                   "this is no JWKS: unexpected end of JSON input",
		"<html>":             "this is no JWKS: invalid character '<'",
		"[]":                 "this is no JWKS: json: cannot unmarshal array",
		"null":               `this is no JWKS: it has no list "keys"`,
		"{}":                 `this is no JWKS: it has no list "keys"`,
		`{"error":"x"}`:      `this is no JWKS: it has no list "keys"`,
		`{"keys":null}`:      `this is no JWKS: it has no list "keys"`,
		`{"keys":{"kty":1}}`: "this is no JWKS: json: cannot unmarshal object",
	} {
		if got, leftOut, err := keyring.ParseSet([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) || got != nil || leftOut != nil {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}

	// An empty set is one: its issuer has taken all keys back.
	if got, leftOut, err := keyring.ParseSet([]byte(`{"keys":[]}`)); err != nil || len(got)+len(leftOut) != 0 {
		t.Errorf("got %v, %v, %v", got, leftOut, err)
	}
}

func FuzzParseSet(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"},{"kty":"EC","crv":"P-256","x":"","y":""},{"kty":"OKP","crv":"Ed25519","x":"AA"},7]}`))
	f.Add([]byte(`{"keys":null}`))

	f.Fuzz(func(t *testing.T, text []byte) {
		got, _, err := keyring.ParseSet(text)
		if err != nil && got != nil {
			t.Fatalf("got %v and %v", got, err)
		}

		for _, k := range got {
			if k.Algorithm == "" || k.Public == nil {
				t.Fatalf("got %+v", k)
			}
		}
	})
}
