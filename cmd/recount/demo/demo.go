// Package demo holds what recount demo shows: examples/meeting, as `npm run build`
// leaves it here, and the configuration of that example.
package demo

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed app
var app embed.FS

// Configuration is the recount.yaml of the example.
//
//go:embed recount.yaml
var Configuration []byte

// Handler serves the page at "/" and what it loads, to GET and HEAD. All else is
// next's, above all "/socket", to which the page connects.
func Handler(next http.Handler) http.Handler {
	files := make(map[string]file)

	// What is embedded can be read.
	_ = fs.WalkDir(app, "app", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}

		content, err := app.ReadFile(name)
		files[strings.TrimPrefix(name, "app")] = newFile(name, content)

		return err
	})

	files["/"] = files["/index.html"]
	delete(files, "/index.html")

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, known := files[r.URL.Path]
		if !known || r.Method != http.MethodGet && r.Method != http.MethodHead {
			next.ServeHTTP(w, r)

			return
		}

		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		f.serve(w, r)
	})
}

// policy allows the page what it does: its own scripts, styles, fonts and icon,
// and its own server.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// file is a file that never changes while the program runs.
type file struct {
	contentType, etag, keep string
	content                 []byte
}

func newFile(name string, content []byte) file {
	sum := sha256.Sum256(content)
	f := file{
		contentType: typeOf(name),
		etag:        `"` + base64.RawURLEncoding.EncodeToString(sum[:]) + `"`,
		keep:        "no-cache",
		content:     content,
	}

	if strings.HasPrefix(name, "app/assets/") { // they are named by their content
		f.keep = "public, max-age=31536000, immutable"
	}

	return f
}

// typeOf returns the content type of a file. What machines know differs, so what
// the page needs is said here.
func typeOf(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".svg":
		return "image/svg+xml"
	case ".md", ".txt":
		return "text/plain; charset=utf-8"
	default:
		return mime.TypeByExtension(ext)
	}
}

// serve has browsers keep what is named by its content, and ask for the rest each
// time.
func (f file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", f.keep)
	h.Set("ETag", f.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.content))
}
