package main

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/client"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// forkCommand copies the history of a stream into a new one.
type forkCommand struct {
	From streamPoint  `arg:"" help:"Stream, named category:id; or a version of it, category:id@version." placeholder:"meeting:42@17"`
	To   event.Stream `arg:"" help:"New stream, named category:id." placeholder:"meeting:42-before"`

	At moment `help:"Leave out what was recorded after this moment." placeholder:"TIME"`

	Remote remote `embed:""`
}

// Help returns what the command's help says at length.
func (*forkCommand) Help() string {
	return `Copies the history of a stream up to a version or a moment, else all of it, into
a new stream. The copies keep everything but their IDs; the first one's meta
says where they come from. A fork that was interrupted can simply be repeated.

The version is what follows the last @, if that is a number. So a stream whose
own name ends like that needs a version behind it: user:ada@7@12.

Examples:
  recount fork meeting:42 meeting:42-copy
  recount fork meeting:42@17 meeting:42-before
  recount fork meeting:42 meeting:42-before --at 2026-11-21T10:00:00Z`
}

// streamPoint is a stream on the command line, with a version or without.
type streamPoint struct {
	stream  event.Stream
	version event.Version // 0 if there is none
}

// Decode reads meeting:42 or meeting:42@17.
func (p *streamPoint) Decode(ctx *kong.DecodeContext) error {
	var word string
	if err := ctx.Scan.PopValueInto("stream", &word); err != nil {
		return err
	}

	parsed, err := parseStreamPoint(word)
	*p = parsed

	return err
}

func parseStreamPoint(word string) (streamPoint, error) {
	at := strings.LastIndexByte(word, '@')
	if at < 0 || at == len(word)-1 || strings.Trim(word[at+1:], "0123456789") != "" {
		return streamPoint{stream: event.Stream(word)}, nil
	}

	version, err := strconv.ParseUint(word[at+1:], 10, 64)
	if err != nil || version == 0 || version > math.MaxInt64 {
		return streamPoint{}, fmt.Errorf("%s is no version: they are numbers from 1", word[at+1:])
	}

	return streamPoint{event.Stream(word[:at]), event.Version(version)}, nil
}

// forked says what became of a fork, as JSON.
type forked struct {
	Stream  event.Stream  `json:"stream"`
	Version event.Version `json:"version"`
}

// Run copies the history.
func (c *forkCommand) Run(ctx context.Context, s *session) error {
	for _, stream := range []event.Stream{c.From.stream, c.To} {
		if _, err := event.ParseStream(string(stream)); err != nil {
			return err
		}
	}

	at := store.Point{Version: c.From.version, Time: c.At.time(time.Now())}
	if c.At.set && at.Version > 0 {
		return fault.Invalid("%s@%d and --at are two points: give one of them", c.From.stream, at.Version)
	}

	return s.withLog(ctx, c.Remote, backends.Options{MustExist: true}, func(log store.Log) error {
		version, err := c.fork(ctx, log, at)
		if err != nil {
			return err
		}

		if s.json {
			return writeJSON(s.out, forked{c.To, version})
		}

		_, err = fmt.Fprintf(s.out, "%s version %d, forked from %s\n", oneLine(string(c.To)), version, oneLine(string(c.From.stream)))

		return err
	})
}

// fork forks on a server, or in a store.
func (c *forkCommand) fork(ctx context.Context, log store.Log, at store.Point) (event.Version, error) {
	if far, ok := log.(*remoteLog); ok {
		return far.client.Fork(ctx, c.From.stream, c.To, client.Point(at))
	}

	head, err := log.Head(ctx, c.From.stream)
	if err != nil {
		return 0, err
	}

	if head == 0 {
		return 0, c.noStream(ctx, log)
	}

	return store.Fork(ctx, log, c.From.stream, c.To, at)
}

// noStream says that there is no such stream, and which one may be meant.
func (c *forkCommand) noStream(ctx context.Context, log store.Log) error {
	whole := event.Stream(fmt.Sprintf("%s@%d", c.From.stream, c.From.version))
	if c.From.version > 0 {
		if head, err := log.Head(ctx, whole); err == nil && head > 0 {
			return fault.NotFound("there is no stream %s: fork the stream %s with a version behind its name, such as %s@%d", c.From.stream, whole, whole, head)
		}
	}

	return noStream(ctx, log, c.From.stream)
}
