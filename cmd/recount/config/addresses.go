package config

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// asAddress checks an address to listen on.
func asAddress(text string) (string, error) {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		if _, err := strconv.Atoi(text); err == nil {
			return "", fmt.Errorf("%s lacks its colon: write :%s for all networks, or 127.0.0.1:%s for this machine only", shown(text), text, text)
		}

		return "", fmt.Errorf("%s is no address: write HOST:PORT, such as 127.0.0.1:4000, or :4000 for all networks", shown(text))
	}

	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return "", fmt.Errorf("%s has no port: give a number from 0 to 65535, as in 127.0.0.1:4000", shown(text))
	}

	return text, nil
}

// The schemes of stores.
const (
	schemePebble = "pebble"
	schemeMemory = "memory"
)

// asStore checks the URL of a store as far as a word can be mistyped; what
// opens the store checks the rest.
func asStore(text string) (string, error) {
	const write = `write pebble:FOLDER or "memory:"`

	scheme, _, found := strings.Cut(text, ":")
	switch {
	case !found:
		return "", fmt.Errorf("%s has no scheme: %s", shown(text), write)
	case scheme == schemePebble || scheme == schemeMemory:
		return text, nil
	case scheme == "postgres" || scheme == "postgresql" || scheme == "redis" || scheme == "rediss":
		return "", fmt.Errorf("%s: is not supported yet by this version: %s", scheme, write)
	}

	if meant, ok := near(scheme, []string{schemePebble, schemeMemory}); ok {
		return "", fmt.Errorf("%s: is no scheme of a store: did you mean %s:?", cutScheme(scheme), meant)
	}

	return "", fmt.Errorf("%s: is no scheme of a store: %s", cutScheme(scheme), write)
}

// cutScheme keeps what is no scheme, and may be a secret, out of messages.
func cutScheme(scheme string) string {
	if len(scheme) > 20 {
		return "this"
	}

	return scheme
}

// storeFrom returns the URL of a store whose folder is relative to dir.
func storeFrom(text, dir string) string {
	folder, ok := strings.CutPrefix(text, schemePebble+":")
	if !ok || folder == "" || strings.HasPrefix(folder, "//") || strings.HasPrefix(folder, "~") {
		return text
	}

	return schemePebble + ":" + pathFrom(folder, dir)
}

// pathFrom returns a path that is relative to dir.
func pathFrom(text, dir string) string {
	if text == "" || dir == "" || dir == "." || filepath.IsAbs(text) {
		return text
	}

	return filepath.Join(dir, text)
}

// pemSign stands in text that is PEM itself, and no file.
const pemSign = "-----BEGIN "

func keysFrom(text, dir string) string {
	if strings.Contains(text, pemSign) {
		return text
	}

	return pathFrom(text, dir)
}

// asKeys returns keys in PEM, which stand there or in a file.
func asKeys(text string) ([]byte, error) {
	if strings.Contains(text, pemSign) {
		return []byte(text), nil
	}

	data, err := readFile(text, maxPEM)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w: name a file with public keys in PEM", shown(text), err)
	}

	if !bytes.Contains(data, []byte(pemSign)) {
		return nil, fmt.Errorf("%s has no key in PEM: it needs a line such as -----BEGIN PUBLIC KEY-----", shown(text))
	}

	return data, nil
}

// asOrigin checks the origin of pages: what a browser sends as Origin.
func asOrigin(text string) (string, error) {
	const write = "write one such as https://app.example.com"

	u, err := url.Parse(text)
	switch {
	case strings.Contains(text, "*"):
		return "", errors.New("an origin has no *: list each one that may come, such as https://app.example.com")
	case err != nil || u.Host == "" || u.Scheme == "" || u.Opaque != "":
		return "", fmt.Errorf("%s is no origin: %s", shown(text), write)
	case u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return "", fmt.Errorf("%s has more than an origin, which is a scheme and a host: write %s", shown(text), shown(u.Scheme+"://"+u.Host))
	}

	return strings.ToLower(u.Scheme + "://" + u.Host), nil
}
