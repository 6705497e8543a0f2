package keyring

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"fmt"
)

// The algorithms that keys are for, by their names in RFC 7518 and RFC 8037.
const (
	RS256 = "RS256"
	ES256 = "ES256"
	EdDSA = "EdDSA"
)

// The sizes of RSA keys in bits that are safe (RFC 7518, section 3.3) and quick
// enough to verify with.
const (
	minRSA = 2048
	maxRSA = 16384
)

// Key is a public key.
type Key struct {
	// ID is what a token calls the key in its header, "" for a key without.
	ID string
	// Algorithm is the only one that the key verifies.
	Algorithm string
	// Public is an *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey.
	Public crypto.PublicKey
}

// newKey ties a public key to its algorithm.
func newKey(id string, public crypto.PublicKey) (Key, error) {
	k := Key{ID: id, Public: public}

	switch public := public.(type) {
	case *rsa.PublicKey:
		if bits := public.N.BitLen(); bits < minRSA || bits > maxRSA {
			return Key{}, fmt.Errorf("an RSA key of %d bits is not safe: make one of %d", bits, minRSA)
		}

		k.Algorithm = RS256
	case *ecdsa.PublicKey:
		if public.Curve != elliptic.P256() {
			return Key{}, fmt.Errorf("a key on the curve %s is for no algorithm that is known here: make one on P-256 for ES256", public.Curve.Params().Name)
		}

		k.Algorithm = ES256
	case ed25519.PublicKey:
		k.Algorithm = EdDSA
	default:
		return Key{}, fmt.Errorf("a key of type %T verifies no tokens: give an RSA, P-256 or Ed25519 key", public)
	}

	return k, nil
}
