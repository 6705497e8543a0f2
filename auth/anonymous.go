package auth

import (
	"bytes"
	"crypto/rand"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/recountdev/recount/fault"
)

// Our own tokens are told from others by the key ID in their header.
const (
	ownKeyID  = "recount"
	ownIssuer = "recount"
)

// anonymousPrefix is how the IDs of anonymous callers begin. 26 letters and
// digits (a-z, 2-7) follow, which are 130 bits that nobody can guess.
const (
	anonymousPrefix = "anon-"
	anonymousRandom = 26
)

// keySize is the size in bytes of the key that signs anonymous IDs.
const keySize = 32

// mint makes and verifies the tokens of anonymous callers: JWTs signed by HS256
// that say an ID and nothing else, and do not expire.
type mint struct {
	key []byte
}

// newMint returns a mint. Without a key it makes one, and its tokens end with
// the process.
func newMint(key []byte) (*mint, error) {
	if key == nil {
		key = make([]byte, keySize)
		_, _ = rand.Read(key) // never fails since Go 1.24
	}

	if len(key) != keySize {
		return nil, fault.Invalid("the key for anonymous callers has %d bytes: give %d random ones, or none", len(key), keySize)
	}

	if bytes.Count(key, []byte{0}) == keySize {
		return nil, fault.Invalid("the key for anonymous callers is all zeros: give %d random bytes, or none", keySize)
	}

	return &mint{key: bytes.Clone(key)}, nil
}

// newAnonymousID returns an ID that nobody had before.
func newAnonymousID() string { return anonymousPrefix + strings.ToLower(rand.Text()) }

// isAnonymousID reports whether an ID has the form of ours.
func isAnonymousID(id string) bool {
	random, is := strings.CutPrefix(id, anonymousPrefix)
	if !is || len(random) != anonymousRandom {
		return false
	}

	for _, c := range []byte(random) {
		if (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return false
		}
	}

	return true
}

// token returns the token of an ID, always the same.
func (m *mint) token(id string) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": ownIssuer, "sub": id})
	t.Header["kid"] = ownKeyID

	return t.SignedString(m.key)
}

// verify returns the ID that one of our own tokens is about.
func (m *mint) verify(t *token) (string, error) {
	refused := fault.Unauthenticated("this token of an anonymous caller is not by this server: forget it, and connect without one to get a new one")

	if t.key != ownKeyID || t.checkSecret(m.key) != nil {
		return "", refused
	}

	c, err := parseClaims(t.claims)
	if err != nil {
		return "", err
	}

	id, err := c.text("sub")
	if err != nil {
		return "", err
	}

	if c["iss"] != ownIssuer || !isAnonymousID(id) {
		return "", refused
	}

	return id, nil
}
