package client

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/recountdev/recount/fault"
)

// message is a server-sent event.
type message struct {
	name string
	data []byte
}

// eventReader reads server-sent events.
type eventReader struct {
	in    *bufio.Reader
	alive func() // is told of every line
}

func newEventReader(in io.Reader, alive func()) *eventReader {
	return &eventReader{in: bufio.NewReaderSize(in, 16<<10), alive: alive}
}

// next returns the next event that has data.
func (r *eventReader) next() (message, error) {
	var m message
	for size := 0; ; {
		line, err := r.in.ReadBytes('\n')
		if err != nil {
			return message{}, err
		}

		r.alive()

		if size += len(line); size > mostAnswer {
			return message{}, fault.Unavailable("the server sent an event of more than %d bytes", mostAnswer)
		}

		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			if len(m.data) > 0 {
				return m, nil
			}

			m, size = message{}, 0

			continue
		}

		name, value, _ := bytes.Cut(line, []byte{':'})
		value = bytes.TrimPrefix(value, []byte{' '})

		switch string(name) {
		case "event":
			m.name = string(value)
		case "data":
			if len(m.data) > 0 {
				m.data = append(m.data, '\n')
			}

			m.data = append(m.data, value...)
		}
	}
}

// parseControl reads where a client is, and whether that is the end.
func parseControl(data []byte) (Offset, bool, error) {
	var c struct {
		Offset   Offset `json:"streamNextOffset"` //nolint:tagliatelle // the protocol gives these names
		UpToDate bool   `json:"upToDate"`         //nolint:tagliatelle // the protocol gives these names
	}
	if err := json.Unmarshal(data, &c); err != nil || c.Offset == "" {
		return "", false, fault.Unavailable("the server sent a control event without an offset: %.40q", data)
	}

	return c.Offset, c.UpToDate, nil
}

// cutOff returns the error of a connection that ended; nil if the server ended it
// in good order.
func cutOff(server string, err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}

	return noAnswer(server, err)
}
