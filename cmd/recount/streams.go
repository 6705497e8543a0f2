package main

import (
	"bufio"
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// streamsCommand lists streams.
type streamsCommand struct {
	Category string `arg:"" optional:"" help:"Only streams of this category." placeholder:"meeting"`

	Remote remote `embed:""`
}

// Help returns what the command's help says at length.
func (*streamsCommand) Help() string {
	return `Names come in the order of their bytes.

Examples:
  recount streams
  recount streams meeting
  recount streams --json`
}

// listed is a stream of the list, as JSON.
type listed struct {
	Stream event.Stream  `json:"stream"`
	Events event.Version `json:"events"`
}

// Run lists the streams.
func (c *streamsCommand) Run(ctx context.Context, s *session) error {
	category := strings.TrimSuffix(c.Category, ":*")

	return s.withLog(ctx, c.Remote, backends.Options{MustExist: true}, func(log store.Log) error {
		add, flush := s.streamList()
		shown := 0
		for stream, err := range log.Streams(ctx, category, "") {
			if err != nil {
				return cmp.Or(err, flush())
			}

			head, err := log.Head(ctx, stream)
			if err != nil {
				return cmp.Or(err, flush())
			}

			if err := add(listed{stream, head}); err != nil {
				return err
			}

			shown++
		}

		if shown == 0 {
			s.notef("there are no such streams")
		}

		return flush()
	})
}

// streamList returns what adds a stream to the list, and what shows the list.
func (s *session) streamList() (add func(listed) error, flush func() error) {
	if s.json {
		out := bufio.NewWriter(s.out)

		return func(l listed) error { return writeJSON(out, l) }, out.Flush
	}

	t := newTable(&s.out, column{title: "STREAM", style: bold}, column{title: "EVENTS", right: true})

	return func(l listed) error {
		return t.add(string(l.Stream), strconv.FormatUint(uint64(l.Events), 10))
	}, t.flush
}
