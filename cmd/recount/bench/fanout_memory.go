package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/recountdev/recount/fault"
)

// The bars for memory, in megabytes and kilobytes: those of the issue that
// asked for the server.
const (
	mostIdleMegabytes       = 25
	mostConnectionKilobytes = 10
)

// memory measures a server in a process of its own: without clients, and with
// clients that have joined and do nothing.
func (r *fanoutRun) memory(ctx context.Context) (err error) {
	c := r.config
	r.statusf("memory of a server without clients")

	s, err := startServing(ctx, c.Serve, filepath.Join(r.folder, "memory"))
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, s.stop()) }()

	empty, err := s.settled(ctx, c)
	if err != nil {
		return err
	}

	err = r.figures(
		Figure{Name: "serve_private_memory", Text: "private memory (RssAnon) of serve without clients", Value: megabytes(empty.RssAnon), Unit: "MB", AtMost: mostIdleMegabytes},
		Figure{Name: "serve_rss", Text: "all resident memory (RSS) of serve without clients", Value: megabytes(empty.RSS), Unit: "MB"})
	if err != nil {
		return err
	}

	r.statusf("memory of %s", plural(c.Connections, "idle connection"))

	_, err = r.load.ask(ctx, &order{Connect: &connectOrder{Address: s.address, Rooms: roomNames(c.Connections / c.Room), Each: c.Room}})
	if err != nil {
		return err
	}

	full, err := s.settled(ctx, c)
	if err != nil {
		return err
	}

	if _, err := r.load.ask(ctx, &order{Leave: true}); err != nil {
		return err
	}

	perConnection := func(after, before int64) float64 {
		return float64(max(after-before, 1)) / 1e3 / float64(c.Connections)
	}
	text := fmt.Sprintf("RSS of an idle joined connection, of %s in rooms of %d", grouped(int64(c.Connections)), c.Room)

	return r.figures(
		Figure{Name: "connection_rss", Text: text, Value: perConnection(full.RSS, empty.RSS), Unit: "kB", AtMost: mostConnectionKilobytes},
		Figure{Name: "connection_private_memory", Text: "private memory (RssAnon) of an idle joined connection", Value: perConnection(full.RssAnon, empty.RssAnon), Unit: "kB"})
}

// servingProcess is a server in a process of its own.
type servingProcess struct {
	command *exec.Cmd
	address string
	said    bytes.Buffer // on its standard error
}

// startServing runs this program with some arguments and the URL of a store in
// a folder, and returns when it listens.
func startServing(ctx context.Context, args []string, folder string) (*servingProcess, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}

	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}

	if folder, err = filepath.Abs(folder); err != nil {
		return nil, err
	}

	s := &servingProcess{}
	s.command = exec.CommandContext(ctx, program, append(slices.Clip(args), "pebble:"+filepath.Join(folder, "log"))...) //nolint:gosec // the program is this one
	s.command.Dir = folder                                                                                              // where no configuration is
	s.command.Stderr = &s.said

	out, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}

	if err := s.command.Start(); err != nil {
		return nil, err
	}

	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		s.address, err = listeningAddress(line)
	}

	if err != nil {
		stopped := s.stop()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}

		return nil, errors.Join(fault.Unavailable("the server did not say where it listens: %w: %s", err, &s.said), stopped)
	}

	return s, nil
}

// listeningAddress reads {"listening": URL}.
func listeningAddress(line []byte) (string, error) {
	var said struct {
		Listening string `json:"listening"`
	}

	if err := json.Unmarshal(line, &said); err != nil {
		return "", err
	}

	at, err := url.Parse(said.Listening)
	if err == nil && at.Host == "" {
		err = fault.Internal("%q names no host", said.Listening)
	}

	if err != nil {
		return "", err
	}

	return at.Host, nil
}

// settled returns the memory of the server after it was left alone.
func (s *servingProcess) settled(ctx context.Context, c *FanoutConfig) (Memory, error) {
	if err := wait(ctx, c.Settle); err != nil {
		return Memory{}, err
	}

	status, err := os.ReadFile("/proc/" + strconv.Itoa(s.command.Process.Pid) + "/status")
	if err != nil {
		return Memory{}, fmt.Errorf("this system does not tell the memory of a process as Linux does: %w", err)
	}

	return parseMemory(status)
}

// stop kills the server: nothing of it is needed any more.
func (s *servingProcess) stop() error {
	if err := s.command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}

	if err := s.command.Wait(); err != nil && !strings.Contains(err.Error(), "killed") {
		return fmt.Errorf("the server ended with %w: %s", err, &s.said)
	}

	return nil
}
