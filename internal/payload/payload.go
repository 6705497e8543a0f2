// Package payload holds text that many connections send: made once, compressed
// at most once.
package payload

import "sync"

// Payload is text that many send. It never changes. All methods are safe for
// concurrent use.
type Payload struct {
	text []byte

	once     sync.Once
	deflated []byte
}

// New returns a payload with a text, which is not copied.
func New(text []byte) *Payload { return &Payload{text: text} }

// Bytes returns the text; it must not be modified.
func (p *Payload) Bytes() []byte { return p.text }

// Deflated returns the compressed text, which the first caller's function makes
// for all: nil if it says that compressing is no gain.
func (p *Payload) Deflated(deflate func(text []byte) []byte) []byte {
	p.once.Do(func() { p.deflated = deflate(p.text) })

	return p.deflated
}
