package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// appendCommand appends an event to a stream.
type appendCommand struct {
	Stream string `arg:"" help:"Stream, named category:id." placeholder:"meeting:42"`
	Type   string `arg:"" help:"Type, a verb in the past tense." placeholder:"card_added"`

	Data        string      `help:"Data; @FILE takes that of a file, - that of the standard input." placeholder:"JSON"`
	ContentType string      `help:"Media type of the data, if it is not JSON." placeholder:"TYPE"`
	Expect      expectation `help:"Append only if the stream is at this version, or none (no stream yet), or some." placeholder:"VERSION"`
	ID          string      `name:"id" help:"ID of the event: appending it again changes nothing." placeholder:"ID"`
	Actor       string      `help:"Who did it." placeholder:"NAME"`
	Subject     string      `help:"What it is about within the stream." placeholder:"NAME"`
	Time        moment      `help:"When it happened, if that is not now." placeholder:"TIME"`
	Correlation string      `help:"ID of the conversation it belongs to." placeholder:"ID"`
	Causation   string      `help:"ID of the event or command that caused it." placeholder:"ID"`
	Meta        string      `help:"Whatever else is to be known about how it came about." placeholder:"JSON"`

	Remote remote `embed:""`
}

// Help returns what the command's help says at length.
func (*appendCommand) Help() string {
	return `The event is on disk when the command ends. Prints the version of the stream,
the position in the log, and the ID.

Examples:
  recount append meeting:42 card_added --data '{"title":"Coffee"}'
  recount append meeting:42 card_added --data @card.json --actor ada --expect 3
  recount append order:9 order_paid --id payment-4711 --data '{"cents":990}'
  echo hello | recount append log:1 said --data - --content-type text/plain`
}

// appended says where an event went, as JSON.
type appended struct {
	Stream   event.Stream   `json:"stream"`
	Version  event.Version  `json:"version"`
	Position event.Position `json:"position"`
	IDs      []event.ID     `json:"ids"`
	Repeated bool           `json:"repeated,omitempty"`
}

// Run appends the event.
func (c *appendCommand) Run(ctx context.Context, s *session) error {
	stream, err := event.ParseStream(c.Stream)
	if err != nil {
		return err
	}

	draft, err := c.draft(s.in)
	if err != nil {
		return err
	}

	if err := (event.Limits{}).CheckDraft(&draft); err != nil {
		return err // before a store is made for it
	}

	return s.withLog(ctx, c.Remote, backends.Options{}, func(log store.Log) error {
		receipt, err := log.Append(ctx, store.Batch{Stream: stream, Expect: c.Expect.Expectation, Drafts: []event.Draft{draft}})
		if err != nil {
			return err
		}

		recorded := receipt.Batches[0]

		if err := s.showAppended(appended{stream, recorded.Version, receipt.Position, recorded.IDs, receipt.Repeated}); err != nil {
			return fmt.Errorf("the event is recorded, as version %d with the id %s, but nothing more could be said: %w", recorded.Version, recorded.IDs[0], err)
		}

		return nil
	})
}

func (s *session) showAppended(a appended) error {
	if s.json {
		return writeJSON(s.out, a)
	}

	note := ""
	if a.Repeated {
		note = ", recorded before"
	}

	_, err := fmt.Fprintf(s.out, "%s version %d, position %s, id %s%s\n", oneLine(string(a.Stream)), a.Version, a.Position, oneLine(string(a.IDs[0])), note)

	return err
}

// draft returns the draft that the flags describe.
func (c *appendCommand) draft(stdin io.Reader) (event.Draft, error) {
	data, err := readData(c.Data, stdin)
	if err != nil {
		return event.Draft{}, err
	}

	if event.IsJSON(c.ContentType) {
		data = strings.Trim(data, " \t\r\n") // an editor's last line break is not meant
	}

	if err := c.checkMeta(); err != nil {
		return event.Draft{}, err
	}

	return event.Draft{
		Type:        c.Type,
		Data:        []byte(data),
		ContentType: c.ContentType,
		ID:          event.ID(c.ID),
		Actor:       c.Actor,
		Subject:     c.Subject,
		Time:        c.Time.time(time.Now()),
		Meta:        event.Meta{Correlation: c.Correlation, Causation: c.Causation, Extra: json.RawMessage(c.Meta)},
	}, nil
}

// checkMeta refuses keys that have a flag of their own, and would stand twice
// in what readers get.
func (c *appendCommand) checkMeta() error {
	var keys map[string]json.RawMessage
	_ = json.Unmarshal([]byte(c.Meta), &keys) // the log says what is wrong with it

	for _, key := range []string{"correlation", "causation"} {
		if _, there := keys[key]; there {
			return fault.Invalid("meta has the key %s: use the flag --%s", key, key)
		}
	}

	return nil
}

// mostData is how much of a file or of the standard input is read: more than
// any log takes.
const mostData = 64 << 20

// readData returns the data that --data names.
func readData(word string, stdin io.Reader) (string, error) {
	path, isFile := strings.CutPrefix(word, "@")
	switch {
	case word == "-":
		return readAll(stdin, "the standard input")
	case !isFile:
		return word, nil
	}

	file, err := os.Open(path)
	if err != nil {
		return "", fault.Invalid("data cannot be read from the file: %w", err)
	}
	defer file.Close()

	return readAll(file, "the file "+path)
}

// readAll reads data up to what any log takes.
func readAll(from io.Reader, name string) (string, error) {
	data, err := io.ReadAll(io.LimitReader(from, mostData+1))
	if err != nil {
		return "", fault.Invalid("data cannot be read from %s: %w", name, err)
	}

	if len(data) > mostData {
		return "", fault.TooLarge("data from %s has more than %d bytes: store it elsewhere and record where", name, mostData)
	}

	return string(data), nil
}
