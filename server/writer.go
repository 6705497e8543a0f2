package server

import (
	"bufio"
	"net"
	"net/http"
	"time"
)

// writePatience is how long an answer may make no progress at all where nobody
// states another time, and writePiece how much of it counts as progress.
const (
	writePatience = 30 * time.Second
	writePiece    = 16 << 10
)

// writer writes an answer in pieces, each with a deadline of its own: a reader
// may be slow, but one who stops reading is let go. It remembers the status.
type writer struct {
	http.ResponseWriter

	control  *http.ResponseController
	patience time.Duration
	status   int
}

func newWriter(w http.ResponseWriter, patience time.Duration) *writer {
	return &writer{ResponseWriter: w, control: http.NewResponseController(w), patience: patience}
}

// Unwrap lets an http.ResponseController find the connection.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader begins the answer.
func (w *writer) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}

	w.renew()
	w.ResponseWriter.WriteHeader(status)
}

// Write writes a part of the body, piece by piece.
func (w *writer) Write(body []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}

	written := 0
	for {
		w.renew()

		piece := body[written:min(written+writePiece, len(body))]
		n, err := w.ResponseWriter.Write(piece)
		written += n

		if err != nil || written == len(body) {
			return written, err
		}
	}
}

// Hijack hands the connection over.
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := w.control.Hijack()
	if err == nil && w.status == 0 {
		w.status = http.StatusSwitchingProtocols
	}

	return conn, buffered, err
}

// renew gives the next piece its time. Writers without a connection have no
// deadlines, and need none.
func (w *writer) renew() { _ = w.control.SetWriteDeadline(time.Now().Add(w.patience)) }
