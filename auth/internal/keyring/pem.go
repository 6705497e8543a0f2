package keyring

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// IsPEM reports whether a text looks like PEM.
func IsPEM(text []byte) bool { return bytes.Contains(text, []byte("-----BEGIN")) }

// ParsePEM reads one or more public keys (PUBLIC KEY, RSA PUBLIC KEY) and
// certificates. Of a certificate only the key counts, not how long it is valid.
func ParsePEM(text []byte) ([]Key, error) {
	var found []Key

	for rest := text; ; {
		var block *pem.Block

		block, rest = pem.Decode(rest)
		if block == nil {
			break
		}

		public, err := parseBlock(block)
		if err != nil {
			return nil, fmt.Errorf("block %d (%.40s): %w", len(found)+1, block.Type, err)
		}

		k, err := newKey("", public)
		if err != nil {
			return nil, fmt.Errorf("block %d (%.40s): %w", len(found)+1, block.Type, err)
		}

		found = append(found, k)
	}

	if begun := bytes.Count(text, []byte("-----BEGIN")); len(found) == 0 || begun != len(found) {
		return nil, fmt.Errorf("block %d is not complete PEM: give it from -----BEGIN to -----END, each on a line of its own", len(found)+1)
	}

	return found, nil
}

func parseBlock(block *pem.Block) (crypto.PublicKey, error) {
	switch {
	case block.Type == "PUBLIC KEY":
		return x509.ParsePKIXPublicKey(block.Bytes)
	case block.Type == "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	case block.Type == "CERTIFICATE":
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}

		return certificate.PublicKey, nil
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, errors.New("this is a private key: keep it where tokens are signed, and give the public key")
	default:
		return nil, errors.New("this is no public key: give a PUBLIC KEY or a CERTIFICATE")
	}
}
