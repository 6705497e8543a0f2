package keyring

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// jwk is what we read of a JSON Web Key.
type jwk struct {
	KTY    string   `json:"kty"`
	KID    string   `json:"kid"`
	Use    string   `json:"use"`
	KeyOps []string `json:"key_ops"`
	Alg    string   `json:"alg"`
	Crv    string   `json:"crv"`
	X      string   `json:"x"`
	Y      string   `json:"y"`
	N      string   `json:"n"`
	E      string   `json:"e"`
}

// ParseSet reads a JWKS. Keys that are not there to verify tokens by one of our
// algorithms are left out, with a sentence for each that says why.
func ParseSet(text []byte) (keys []Key, leftOut []string, err error) {
	var set struct {
		Keys *[]json.RawMessage `json:"keys"`
	}

	if err := json.Unmarshal(text, &set); err != nil {
		return nil, nil, fmt.Errorf("this is no JWKS: %w", err)
	}

	if set.Keys == nil {
		return nil, nil, errors.New(`this is no JWKS: it has no list "keys"`)
	}

	for i, raw := range *set.Keys {
		k, err := parseKey(raw)
		if err != nil {
			leftOut = append(leftOut, fmt.Sprintf("key %d (kid %.64q): %v", i+1, k.ID, err))
			continue
		}

		keys = append(keys, k)
	}

	return keys, leftOut, nil
}

// parseKey reads a key. With an error it has the ID at most.
func parseKey(raw []byte) (Key, error) {
	var j jwk
	if err := json.Unmarshal(raw, &j); err != nil {
		return Key{}, err
	}

	k, err := j.key()

	switch {
	case err != nil:
		return Key{ID: j.KID}, err
	case j.Use != "" && j.Use != "sig":
		return Key{ID: j.KID}, fmt.Errorf("its use is %.20q, not sig", j.Use)
	case j.KeyOps != nil && !slices.Contains(j.KeyOps, "verify"):
		return Key{ID: j.KID}, errors.New("its key_ops do not have verify")
	case j.Alg == "Ed25519" && k.Algorithm == EdDSA: // its newer name, RFC 9864
	case j.Alg != "" && j.Alg != k.Algorithm:
		return Key{ID: j.KID}, fmt.Errorf("it is for %.20q, not for %s", j.Alg, k.Algorithm)
	}

	return k, nil
}

func (j *jwk) key() (Key, error) {
	switch j.KTY {
	case "RSA":
		return j.rsa()
	case "EC":
		return j.ec()
	case "OKP":
		x, err := decode("x", j.X, ed25519.PublicKeySize)
		if err != nil {
			return Key{}, err
		}

		if j.Crv != "Ed25519" {
			return Key{}, fmt.Errorf("its curve is %.20q, not Ed25519", j.Crv)
		}

		return newKey(j.KID, ed25519.PublicKey(x))
	case "oct":
		return Key{}, errors.New("it is a secret: a set that is published cannot hold one")
	default:
		return Key{}, fmt.Errorf("its kty is %.20q, not RSA, EC or OKP", j.KTY)
	}
}

func (j *jwk) rsa() (Key, error) {
	n, err := decode("n", j.N, 0)
	if err != nil {
		return Key{}, err
	}

	e, err := decode("e", j.E, 0)
	if err != nil {
		return Key{}, err
	}

	exponent := new(big.Int).SetBytes(e)
	if !exponent.IsInt64() || exponent.Int64() < 3 || exponent.Int64() > 1<<31-1 || exponent.Bit(0) == 0 {
		return Key{}, errors.New("its exponent e is not odd and between 3 and 2^31")
	}

	return newKey(j.KID, &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())})
}

func (j *jwk) ec() (Key, error) {
	if j.Crv != "P-256" {
		return Key{}, fmt.Errorf("its curve is %.20q, not P-256", j.Crv)
	}

	x, err := decode("x", j.X, 32)
	if err != nil {
		return Key{}, err
	}

	y, err := decode("y", j.Y, 32)
	if err != nil {
		return Key{}, err
	}

	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
	if err != nil {
		return Key{}, err
	}

	return newKey(j.KID, public)
}

// decode reads a parameter of a key, of so many bytes unless that is 0. Some
// issuers pad what should have no padding.
func decode(name, text string, size int) ([]byte, error) {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))

	switch {
	case err != nil:
		return nil, fmt.Errorf("its %s is not base64url: %w", name, err)
	case size == 0 && len(b) == 0:
		return nil, fmt.Errorf("it has no %s", name)
	case size != 0 && len(b) != size:
		return nil, fmt.Errorf("its %s has %d bytes, not %d", name, len(b), size)
	}

	return b, nil
}
