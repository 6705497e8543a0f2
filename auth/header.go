package auth

import (
	"encoding/base64"
	"strings"

	"github.com/recountdev/recount/auth/internal/strictjson"
	"github.com/recountdev/recount/fault"
)

// maxToken is the longest token in bytes.
const maxToken = 16 << 10

// token is a JWT that was taken apart, and not yet verified.
type token struct {
	algorithm string
	key       string // kid, "" if it has none
	signed    string // header and claims as they stand in the token
	claims    []byte
	signature []byte
}

// parseToken takes a JWT apart (RFC 7515, compact serialization). It is strict:
// a token has one spelling, so that nobody can change a bit of one without
// breaking it.
func parseToken(text string) (*token, error) {
	if len(text) > maxToken {
		return nil, fault.Unauthenticated("the token has %d bytes, the limit is %d: put less into it", len(text), maxToken)
	}

	if strings.Count(text, ".") != 2 {
		return nil, fault.Unauthenticated("the token is not a JWT: send all of it, which is three parts with a dot between them")
	}

	last := strings.LastIndexByte(text, '.')
	t := &token{signed: text[:last]}
	first, second, _ := strings.Cut(t.signed, ".")

	header, err := decodePart("header", first)
	if err != nil {
		return nil, err
	}

	if t.claims, err = decodePart("claims", second); err != nil {
		return nil, err
	}

	if t.signature, err = decodePart("signature", text[last+1:]); err != nil {
		return nil, err
	}

	if err := t.readHeader(header); err != nil {
		return nil, err
	}

	return t, nil
}

func decodePart(name, part string) ([]byte, error) {
	// The decoder would skip line breaks.
	if strings.ContainsAny(part, "\r\n") {
		return nil, fault.Unauthenticated("the %s of the token has a line break in it: send the token as it was issued", name)
	}

	plain, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil {
		return nil, fault.Unauthenticated("the %s of the token is not base64url: send the token as it was issued", name)
	}

	return plain, nil
}

// readHeader reads what a JOSE header says about the signature. What it says
// about keys (jwk, jku, x5u, x5c) is not looked at: whoever forges a token
// would name a key of their own.
func (t *token) readHeader(text []byte) error {
	value, err := strictjson.Decode(text)
	if err != nil {
		return fault.Unauthenticated("the header of the token is not good JSON: %w", err)
	}

	header, ok := value.(map[string]any)
	if !ok {
		return fault.Unauthenticated("the header of the token is not an object")
	}

	if _, critical := header["crit"]; critical {
		return fault.Unauthenticated("the token has extensions (crit) that this server does not know: issue one without")
	}

	var typ string

	for _, field := range []struct {
		name string
		to   *string
	}{{"alg", &t.algorithm}, {"kid", &t.key}, {"typ", &typ}} {
		value, has := header[field.name]
		if !has {
			continue
		}

		text, ok := value.(string)
		if !ok {
			return fault.Unauthenticated("%s in the header of the token is not a string", field.name)
		}

		*field.to = text
	}

	return checkType(typ)
}

// checkType refuses tokens that are signed with the same keys for another
// purpose (RFC 8725, section 3.11), such as logout+jwt and dpop+jwt.
func checkType(typ string) error {
	switch typ := strings.TrimPrefix(strings.ToLower(typ), "application/"); {
	case typ == "at+jwt", !strings.HasSuffix(typ, "+jwt"):
		return nil
	default:
		return fault.Unauthenticated("the token is a %.40q, which is for another purpose: send an access token", typ)
	}
}
