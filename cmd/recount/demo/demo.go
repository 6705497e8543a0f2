// Package demo holds the page of recount demo: a small meeting whose cards,
// votes and names are nothing but events. The page is one HTML file; beside it
// lie npm phoenix's bundle and two fonts, as scripts/vendor-phoenix copies them.
package demo

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the files below
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"time"
)

var (
	//go:embed page.html
	page []byte
	//go:embed phoenix.js
	phoenix []byte
	//go:embed phoenix.LICENSE.md
	phoenixLicense []byte
	//go:embed young-serif.woff2
	serif []byte
	//go:embed figtree.woff2
	sans []byte
)

// Handler serves the page at "/" and what it loads ("/phoenix.js" and two
// fonts), to GET and HEAD. All else is next's, above all "/socket", to which
// the page connects.
func Handler(next http.Handler) http.Handler {
	files := map[string]file{
		"/":                  newFile("text/html; charset=utf-8", page),
		"/phoenix.js":        newFile("text/javascript; charset=utf-8", withNotice(phoenix, phoenixLicense)),
		"/young-serif.woff2": newFile("font/woff2", serif),
		"/figtree.woff2":     newFile("font/woff2", sans),
	}
	policy := policyOf(page)

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, known := files[r.URL.Path]
		if !known || r.Method != http.MethodGet && r.Method != http.MethodHead {
			next.ServeHTTP(w, r)

			return
		}

		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		f.serve(w, r)
	})
}

// file is a file that never changes while the program runs.
type file struct {
	contentType, etag string
	content           []byte
}

func newFile(contentType string, content []byte) file {
	sum := sha256.Sum256(content)

	return file{contentType: contentType, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:]) + `"`, content: content}
}

// serve has browsers ask each time, and answers that they know it already.
func (f file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", f.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.content))
}

// withNotice puts a licence, which has to go with every copy, before a script.
func withNotice(script, license []byte) []byte {
	return bytes.Join([][]byte{[]byte("/*!\n"), bytes.TrimSpace(license), []byte("\n*/\n"), script}, nil)
}

// policyOf allows the page what it does: its own style and script, known by
// their hashes, files and sockets of its own server, and an icon within it.
func policyOf(html []byte) string {
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'" + hashes(html, "script"),
		"style-src" + hashes(html, "style"),
		"font-src 'self'",
		"img-src data:",
		"connect-src 'self'",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
	}, "; ")
}

// hashes returns a source expression for each element of this name that has
// its text in the page.
func hashes(html []byte, element string) string {
	inline := regexp.MustCompile(`(?s)<` + element + `>(.*?)</` + element + `>`)

	var sources strings.Builder
	for _, match := range inline.FindAllSubmatch(html, -1) {
		sum := sha256.Sum256(match[1])
		sources.WriteString(" 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'")
	}

	return sources.String()
}
