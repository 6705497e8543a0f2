package main

import (
	"io"
	"os"

	"golang.org/x/term"

	"github.com/recountdev/recount/fault"
)

// screen is a writer that knows whether a person looks at it.
type screen struct {
	io.Writer
	// width is the number of columns of the terminal; 0 if it is none.
	width int
	// color says that the terminal shows colours.
	color bool
}

// newScreen finds out whether w is a terminal.
func newScreen(w io.Writer, getenv func(string) string) screen {
	file, ok := w.(*os.File)
	if !ok || !isTerminal(file) {
		return screen{Writer: w}
	}

	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil || width <= 0 {
		width = 80
	}

	return screen{Writer: w, width: width, color: getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"}
}

// isTerminal reports whether an input or output is a terminal.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)

	return ok && term.IsTerminal(int(file.Fd()))
}

// Write writes to the screen, and says so if that fails.
func (s screen) Write(p []byte) (int, error) {
	n, err := s.Writer.Write(p)
	if err != nil {
		err = fault.Unavailable("the output cannot be written: %w", err)
	}

	return n, err
}

// isTerminal reports whether a person looks at the screen.
func (s screen) isTerminal() bool { return s.width > 0 }

// A style is how a terminal shows text.
type style string

const (
	plain style = ""
	faint style = "\x1b[2m"
	bold  style = "\x1b[1m"
	red   style = "\x1b[31m"
	cyan  style = "\x1b[36m"
	reset style = "\x1b[0m"
)

// styled returns text in a style, if the screen shows colours.
func (s screen) styled(how style, text string) string {
	if !s.color || how == plain || text == "" {
		return text
	}

	return string(how) + text + string(reset)
}
