package config

import (
	"context"
	"crypto/tls"
	"slices"
	"strings"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
)

// check looks at what no value shows by itself. Of a part in which a value is
// not known nothing can be said.
func (l *loader) check() {
	for _, part := range []struct {
		path  string
		check func()
	}{
		{"tls", l.checkTLS},
		{"auth.jwt", l.checkJWT},
		{"limits", l.checkLimits},
		{"categories", l.checkCategories},
		{"views", l.checkQueries},
	} {
		if !slices.ContainsFunc(l.unset, func(path string) bool { return path == part.path || strings.HasPrefix(path, part.path+".") }) {
			part.check()
		}
	}
}

// placeOf returns where a setting, or the part that it belongs to, was set.
func (l *loader) placeOf(path string) place {
	for {
		if at, ok := l.places[path]; ok {
			return at
		}

		dot := strings.LastIndexByte(path, '.')
		if dot < 0 {
			return place{}
		}

		path = path[:dot]
	}
}

func (l *loader) checkTLS() {
	cert := l.pem("tls.cert", l.config.TLS.Cert)
	key := l.pem("tls.key", l.config.TLS.Key)

	switch {
	case l.config.TLS.Cert == "" && l.config.TLS.Key == "":
	case l.config.TLS.Key == "":
		l.problemf(l.placeOf("tls.cert"), "tls.cert needs tls.key: name the file of the private key, too")
	case l.config.TLS.Cert == "":
		l.problemf(l.placeOf("tls.key"), "tls.key needs tls.cert: name the file of the certificate, too")
	case cert == nil || key == nil:
	default:
		if _, err := tls.X509KeyPair(cert, key); err != nil {
			l.problemf(l.placeOf("tls.cert"), "tls.cert and tls.key cannot be used: %v", err)
		}
	}
}

// pem reads a file of a certificate, nil if there is none.
func (l *loader) pem(path, file string) []byte {
	if file == "" {
		return nil
	}

	data, err := readFile(file, maxPEM)
	if err != nil {
		l.problemf(l.placeOf(path), "%s: %s cannot be read: %v", path, shown(file), err)
	}

	return data
}

// checkJWT lets package auth look at what it will get: at each kind of key by
// itself, and then at all.
func (l *loader) checkJWT() {
	for path := range l.places {
		if path == "auth.jwt" || strings.HasPrefix(path, "auth.jwt.") {
			l.config.Auth.JWT = &l.jwt
		}
	}

	if l.config.Auth.JWT == nil || l.hasProblemBelow("auth.jwt") {
		return
	}

	right := true
	for _, one := range []*auth.JWT{{Secret: l.jwt.Secret}, {PublicKeys: l.jwt.PublicKeys}, {JWKS: l.jwt.JWKS}} {
		if len(one.Secret)+len(one.PublicKeys)+len(one.JWKS) > 0 {
			right = l.tryJWT(one) && right
		}
	}

	if right {
		l.tryJWT(&l.jwt)
	}
}

// tryJWT reports whether package auth takes it, and says why not.
//
//nolint:contextcheck,nolintlint // it waits for nothing, so nobody has to end it
func (l *loader) tryJWT(jwt *auth.JWT) bool {
	// Nothing is fetched: the context has ended.
	ended, end := context.WithCancel(context.Background())
	end()

	_, err := auth.New(ended, auth.Options{JWT: jwt})
	if err != nil {
		l.problemf(l.placeOfJWT(err.Error()), "auth.%s", err)
	}

	return err == nil
}

// placeOfJWT returns the place that a message of package auth is about.
func (l *loader) placeOfJWT(message string) place {
	for _, about := range [][2]string{
		{"jwt secret", "auth.jwt.secret"},
		{"jwt public key", "auth.jwt.public_key"},
		{"jwt jwks", "auth.jwt.jwks"},
		{"jwt algorithm", "auth.jwt.algorithms"},
		{"jwt leeway", "auth.jwt.leeway"},
	} {
		if strings.HasPrefix(message, about[0]) {
			return l.placeOf(about[1])
		}
	}

	return l.placeOf("auth.jwt")
}

// hasProblemBelow reports whether a message about a part of the settings was
// given already.
func (l *loader) hasProblemBelow(path string) bool {
	for i := range l.problems {
		if strings.HasPrefix(l.problems[i].Message, path) {
			return true
		}
	}

	return false
}

// checkLimits compares limits with each other.
func (l *loader) checkLimits() {
	limits := l.config.Limits.withDefaults()
	for _, pair := range []struct {
		small, large string
		fits         bool
		why          string
	}{
		{"data", "append_bytes", limits.Data <= limits.AppendBytes, "no append could have that much data"},
		{"meta", "append_bytes", limits.Meta <= limits.AppendBytes, "no append could have that much meta"},
		{"signal", "frame", limits.Signal <= limits.Frame, "no frame could have such a signal"},
		{"pushes_per_second", "push_burst", limits.PushesPerSecond <= limits.PushBurst, "a second has no room for more than a burst"},
	} {
		if pair.fits {
			continue
		}

		at, ok := l.places["limits."+pair.small]
		if !ok {
			at = l.places["limits."+pair.large]
		}

		l.problemf(at, "limits.%s is larger than limits.%s: %s, so change one of them", pair.small, pair.large, pair.why)
	}
}

// checkCategories lets package category look at what it will get.
func (l *loader) checkCategories() {
	_, err := category.New(l.config.Categories)
	mistakes, ok := err.(category.DeclarationErrors) //nolint:errorlint // New returns it bare
	if !ok {
		return
	}

	for _, m := range mistakes {
		l.problemf(l.declared[m.Category].placeOf(m), "%s", m.Problem)
	}
}
