package auth

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/recountdev/recount/auth/internal/strictjson"
	"github.com/recountdev/recount/fault"
)

// claims are the claims of a token whose signature was verified.
type claims map[string]any

func parseClaims(text []byte) (claims, error) {
	value, err := strictjson.Decode(text)
	if err != nil {
		return nil, fault.Unauthenticated("the claims of the token are not good JSON: %w", err)
	}

	c, ok := value.(map[string]any)
	if !ok {
		return nil, fault.Unauthenticated("the claims of the token are not an object")
	}

	return c, nil
}

// text returns a claim that has to be a string; "" if it is not there.
func (c claims) text(name string) (string, error) {
	value, has := c[name]
	if !has || value == nil {
		return "", nil
	}

	text, ok := value.(string)
	if !ok {
		return "", fault.Unauthenticated("the claim %q of the token is not a string: issue one where it is", name)
	}

	return text, nil
}

// id returns the claim that names the caller, a string or a whole number.
func (c claims) id(name string) (string, error) {
	if number, ok := c[name].(int64); ok {
		return strconv.FormatInt(number, 10), nil
	}

	id, err := c.text(name)
	if err != nil {
		return "", err
	}

	if id == "" {
		return "", fault.Unauthenticated("the token does not say who it is for: issue one with the claim %q", name)
	}

	return id, checkID(id)
}

// checkIssuer says what is wrong with the claim iss, if anything is.
func (c claims) checkIssuer(wanted string) error {
	if wanted == "" {
		return nil
	}

	issuer, err := c.text("iss")
	if err != nil {
		return err
	}

	if issuer != wanted {
		return fault.Unauthenticated("the token is from %s, this server takes those from %s: get one there", clip(issuer), clip(wanted))
	}

	return nil
}

// checkAudience says what is wrong with the claim aud, if anything is.
func (c claims) checkAudience(wanted string) error {
	if wanted == "" {
		return nil
	}

	var audience []string

	switch aud := c["aud"].(type) {
	case nil:
	case string:
		audience = []string{aud}
	case []any:
		for _, one := range aud {
			name, ok := one.(string)
			if !ok {
				return fault.Unauthenticated(`the claim "aud" of the token is not a list of strings`)
			}

			audience = append(audience, name)
		}
	default:
		return fault.Unauthenticated(`the claim "aud" of the token is neither a string nor a list of strings`)
	}

	if !slices.Contains(audience, wanted) {
		return fault.Unauthenticated("the token is not for this server: get one for the audience %s", clip(wanted))
	}

	return nil
}

// checkTimes says what is wrong with the claims exp and nbf, if anything is,
// and returns when the token expires; zero is never.
func (c claims) checkTimes(now time.Time, leeway time.Duration) (expires time.Time, err error) {
	start, has, err := c.time("nbf")
	if err != nil {
		return time.Time{}, err
	}

	if has && now.Add(leeway).Before(start) {
		return time.Time{}, fault.Unauthenticated("the token is valid from %s, which is not yet: wait, or set the clocks right", printed(start))
	}

	end, has, err := c.time("exp")
	if err != nil || !has {
		return time.Time{}, err
	}

	expires = end.Add(leeway)
	if !now.Before(expires) {
		return time.Time{}, fault.Unauthenticated("the token expired at %s: get a fresh one", printed(end))
	}

	return expires, nil
}

func printed(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// latest is the last second that RFC 3339 can say; what is later is as good as
// never, and would overflow a time.
const latest = 253402300799

// time returns a claim that has to be a number of seconds since 1970.
func (c claims) time(name string) (t time.Time, has bool, err error) {
	switch seconds := c[name].(type) {
	case int64:
		return time.Unix(min(max(seconds, 0), latest), 0), true, nil
	case float64:
		whole, part := math.Modf(min(max(seconds, 0), latest))
		return time.Unix(int64(whole), int64(part*1e9)), true, nil
	case nil:
		if _, has := c[name]; !has {
			return time.Time{}, false, nil
		}
	}

	return time.Time{}, false, fault.Unauthenticated("the claim %q of the token is not a number of seconds since 1970", name)
}
