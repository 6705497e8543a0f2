package jitter_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/server"
)

// serveVariable holds the folder of the store if this process is the server.
const serveVariable = "RECOUNT_JITTER_SERVE"

func TestMain(m *testing.M) {
	folder := os.Getenv(serveVariable)
	if folder == "" {
		os.Exit(m.Run())
	}

	if err := serve(folder, os.Args[len(os.Args)-1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve is the server's process, until it is terminated.
func serve(folder, address string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()

	backend, err := backends.Open(ctx, "pebble:"+folder)
	if err != nil {
		return err
	}

	app, err := recount.New(context.Background(), recount.Options{
		Backend:    backend,
		Categories: map[string]category.Declaration{"room": {Presence: true}},
		Auth:       auth.Options{Anonymous: true},
		Limits: server.Limits{
			Silence: time.Hour, // these clients send no heartbeats
			Stall:   time.Hour, // and the machine may be slow
		},
	})
	if err != nil {
		return err
	}

	var config net.ListenConfig

	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}

	if err := json.NewEncoder(os.Stdout).Encode(listener.Addr().String()); err != nil {
		return err
	}

	srv := &http.Server{Handler: app.Handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		_ = srv.Close()
	}()
	_ = srv.Serve(listener)

	return app.Close(context.Background())
}

// process is a server that runs.
type process struct {
	cmd     *exec.Cmd
	address string
}

// start starts a server on a folder and an address.
func start(t *testing.T, folder, address string) *process {
	t.Helper()

	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}

	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, address)
	cmd.Env = append(os.Environ(), serveVariable+"="+folder)
	cmd.Stderr = os.Stderr

	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}

	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	p := &process{cmd: cmd}
	if err := json.NewDecoder(out).Decode(&p.address); err != nil {
		_ = cmd.Wait()
		t.Fatalf("the server does not say where it listens: %v", err)
	}

	return p
}

// kill ends the server as a power cut would end it, but for the disk.
func (p *process) kill(t *testing.T) {
	t.Helper()

	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}

	_ = p.cmd.Wait() // it was killed
}

// private returns the private memory of the server, in bytes.
func (p *process) private(t *testing.T) int {
	t.Helper()

	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}

	const field = "RssAnon:"

	var kib int
	for line := range splitLines(text) {
		if len(line) > len(field) && line[:len(field)] == field {
			if _, err := fmt.Sscan(line[len(field):], &kib); err != nil {
				t.Fatal(err)
			}
		}
	}

	return kib << 10
}
