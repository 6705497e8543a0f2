package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/recountdev/recount/cmd/recount/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// folder is a folder with files that a configuration names.
func folder(t *testing.T) string {
	t.Helper()

	dir := t.TempDir()
	write(t, dir, "schemas/card_added.json", `{"type":"object","required":["title"]}`)
	write(t, dir, "schemas/wrong.json", `{"type":"strin"}`)

	return dir
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()

	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}

	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// writeCertificate makes a certificate, and the public key of it.
func writeCertificate(t *testing.T, dir string) {
	t.Helper()

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}

	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certificate, certificateErr := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	private, privateErr := x509.MarshalPKCS8PrivateKey(key)
	public, publicErr := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err := errors.Join(certificateErr, privateErr, publicErr); err != nil {
		t.Fatal(err)
	}

	for name, block := range map[string]*pem.Block{
		"tls/cert.pem":    {Type: "CERTIFICATE", Bytes: certificate},
		"tls/key.pem":     {Type: "PRIVATE KEY", Bytes: private},
		"keys/public.pem": {Type: "PUBLIC KEY", Bytes: public},
	} {
		write(t, dir, name, string(pem.EncodeToMemory(block)))
	}
}

// load loads a text as the configuration of a folder.
func load(t *testing.T, dir, text string, env map[string]string) (*config.Config, error) {
	t.Helper()

	write(t, dir, "recount.yaml", text)

	return config.Load(filepath.Join(dir, "recount.yaml"), func(name string) string { return env[name] })
}

// problemsOf returns what is wrong with a text: line:column: message, or
// VARIABLE: message.
func problemsOf(t *testing.T, dir, text string, env map[string]string) []string {
	t.Helper()

	c, err := load(t, dir, text, env)
	if err == nil {
		return nil
	}

	problems, ok := errors.AsType[config.Problems](err)
	if !ok || c != nil {
		t.Fatalf("got %v, error %v", c, err)
	}

	var said []string
	for i := range problems {
		p := &problems[i]
		if p.Line > 0 {
			said = append(said, fmt.Sprintf("%d:%d: %s", p.Line, p.Column, strings.ReplaceAll(p.Message, dir, "DIR")))

			continue
		}

		said = append(said, p.Place()+": "+strings.ReplaceAll(p.Message, dir, "DIR"))
	}

	return said
}
