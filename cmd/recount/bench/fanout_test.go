package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/cmd/recount/bench"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// The arguments with which this test program is the load, or the server.
var (
	asLoad  = []string{"-test.timeout=5m", "-test.run=^TestFanoutLoadRefusesOrders$", "load"}
	asServe = []string{"-test.timeout=5m", "-test.run=^TestFanoutServes$", "serve"}
)

func TestFanoutMeasuresEveryFigure(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	c := &bench.FanoutConfig{
		Open: newLogs(t), Dir: dir, Shapes: []bench.Shape{{1, 8}, {3, 4}}, Connections: 12, Room: 4, Rate: 2000,
		Stall: bench.Stall{Reading: 6, Stalled: 2}, Behind: 50,
		Time: 100 * time.Millisecond, Settle: 50 * time.Millisecond, Rounds: 2, Profile: t.TempDir(),
	}

	got := make(map[string]bench.Figure)

	err := bench.RunFanout(t.Context(), c, func(f bench.Figure) error {
		if _, twice := got[f.Name]; twice {
			t.Errorf("%s was reported twice", f.Name)
		}

		got[f.Name] = f

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	for _, name := range []string{
		"deliveries_1x8", "events_1x8", "bytes_1x8", "events_per_read_1x8", "deliveries_3x4", "events_3x4", "bytes_3x4", "events_per_read_3x4",
		"stalled_without", "stalled_with", "stalled_ratio", "stalled_behind",
		"latency_deliveries", "bare_deliveries", "bare_synced_deliveries", "latency_p50", "latency_p99", "append_p50", "append_p99",
		"durable_p50", "durable_p99", "bare_p50", "bare_p99", "bare_synced_p50", "bare_synced_p99", "bare_synced_append_p50", "bare_synced_append_p99",
		"latency_ratio_p50", "latency_ratio_p99", "latency_ratio_synced_p50", "latency_ratio_synced_p99", "delivery_cpu", "bare_cpu", "bare_synced_cpu",
	} {
		if f, ok := got[name]; !ok || f.Value <= 0 {
			t.Errorf("%s is %v", name, f)
		}
	}

	for name, bar := range map[string]float64{
		"latency_ratio_p50": 3, "latency_ratio_p99": 0, "latency_ratio_synced_p50": 0, "latency_ratio_synced_p99": 3, "stalled_memory": 512 * 1.024,
	} {
		if f, ok := got[name]; !ok || f.AtMost != bar {
			t.Errorf("%s has the bar %v, want %v", name, f.AtMost, bar)
		}
	}

	if f := got["stalled_ratio"]; f.AtLeast != 0.9 || f.Met != (f.Value >= 0.9) {
		t.Errorf("the ratio beside stalled clients is %+v, want at least 0.9", f)
	}

	if f := got["stalled_behind"]; f.Value <= 50 {
		t.Errorf("those who stopped lack %v events in the end, no more than those who read may", f.Value)
	}

	profiles, err := os.ReadDir(c.Profile)
	if err != nil || len(profiles) != 2*2*6 {
		t.Errorf("there are %d profiles, want a pair for each of 12 rounds: %v", len(profiles), err)
	}

	expectEmpty(t, dir)
}

func TestFanoutCommandPrints(t *testing.T) {
	t.Parallel()

	var table, lines, progress bytes.Buffer

	dir := t.TempDir()
	command := bench.Fanout{
		Rooms: 2, Clients: 3, Connections: 50, Rate: 1000, Time: 50 * time.Millisecond, Rounds: 1, Dir: dir, Only: []string{"saturation"},
		Load: asLoad, Serve: asServe,
	}
	env := bench.Env{Open: newLogs(t), Stdout: &table, Stderr: &progress, Progress: true}

	if err := command.Run(t.Context(), env); err != nil {
		t.Fatal(err)
	}

	for _, want := range []string{" CPUs, ", "2 rooms x 3 clients: deliveries", "/s", "MB/s"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table says nothing of %q:\n%s", want, &table)
		}
	}

	if !strings.Contains(progress.String(), "saturation, 2 rooms x 3 clients, round 1 of 1") {
		t.Errorf("the progress is %q", &progress)
	}

	env.JSON, env.Progress, env.Stdout = true, false, &lines
	command.Only = []string{"latency"}
	progress.Reset()

	if err := command.Run(t.Context(), env); err != nil {
		t.Fatal(err)
	}

	for line := range strings.Lines(lines.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("%q is not JSON", line)
		}
	}

	if n := strings.Count(lines.String(), "\n"); n != 1+22 || progress.Len() > 0 {
		t.Errorf("printed %d lines and the progress %q, want 23 and none", n, &progress)
	}

	expectEmpty(t, dir)
}

func TestFanoutMeasuresMemoryOfAProcess(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	c := &bench.FanoutConfig{
		Open: newLogs(t), Dir: dir, Only: []string{"memory"}, Connections: 20, Room: 10, Settle: 50 * time.Millisecond,
		Load: asLoad, Serve: asServe,
	}

	got := make(map[string]bench.Figure)

	err := bench.RunFanout(t.Context(), c, func(f bench.Figure) error {
		got[f.Name] = f

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	if idle, all := got["serve_private_memory"], got["serve_rss"]; idle.AtMost != 25 || idle.Value <= 0 || all.Value < idle.Value {
		t.Errorf("the server has %v and %v", idle, all)
	}

	if each := got["connection_rss"]; each.AtMost != 10 || each.Value <= 0 || len(got) != 4 {
		t.Errorf("a connection has %v; measured %v", each, got)
	}

	expectEmpty(t, dir)
}

// TestFanoutServes is a server when it is run for the test above.
func TestFanoutServes(t *testing.T) {
	t.Parallel()

	app, err := recount.New(t.Context(), recount.Options{Backend: memory.New(), Workbench: true})
	if err != nil {
		t.Fatal(err)
	}

	var listening net.ListenConfig

	listener, err := listening.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}

	server := &http.Server{Handler: app.Handler()}
	served := make(chan error, 1)

	go func() { served <- server.Serve(listener) }()

	if flag.Arg(0) == "serve" {
		if !strings.HasPrefix(flag.Arg(1), "pebble:/") {
			t.Errorf("the store is %q", flag.Arg(1))
		}

		fmt.Printf("{\"listening\":\"http://%s\"}\n", listener.Addr()) //nolint:forbidigo // the standard output of a process of its own

		t.Error(<-served) // it is killed
	}

	orders := fmt.Sprintf(`{"connect":{"address":%q,"rooms":["room:1"],"each":2}}{"count":{"milliseconds":1}}{"stall":{"each":2}}{"leave":true}{"count":{}}`, listener.Addr())

	var reports bytes.Buffer
	if err := bench.RunFanoutLoad(t.Context(), strings.NewReader(orders), &reports); err != nil {
		t.Error(err)
	}

	for i, want := range []string{"{}\n", `"count":{"events":0,`, "{}\n", "{}\n", `"error":"nobody is connected"`} {
		if line, _ := reports.ReadString('\n'); !strings.Contains(line, want) {
			t.Errorf("the answer to order %d is %q, want %q", i+1, line, want)
		}
	}

	if err := errors.Join(server.Close(), app.Close(t.Context())); err != nil {
		t.Error(err)
	}

	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

// TestFanoutLoadRefusesOrders is the load when it is run for other tests.
func TestFanoutLoadRefusesOrders(t *testing.T) {
	t.Parallel()

	if flag.Arg(0) == "load" {
		if err := (&bench.FanoutLoad{}).Run(t.Context(), bench.Env{Stdout: os.Stdout}); err != nil {
			t.Error(err)
		}

		return
	}

	for orders, want := range map[string]string{
		`{`:                          "cannot be read",
		`{"count":{}}`:               "nobody is connected",
		`{"stall":{"each":1}}`:       "nobody is connected",
		`{"connect":{"each":"many"}`: "cannot be read",
		`{"connect":{"address":"127.0.0.1:1","rooms":["room:1"],"each":1}}`: "refused",
	} {
		var reports bytes.Buffer

		err := (&bench.FanoutLoad{In: strings.NewReader(orders)}).Run(t.Context(), bench.Env{Stdout: &reports})
		if got := fmt.Sprint(err, &reports); !strings.Contains(got, want) {
			t.Errorf("%s was answered %s, want %q", orders, got, want)
		}
	}
}

func TestFanoutTellsWhatWentWrong(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	broken := errors.New("the disk is full")
	refuse := func(context.Context, string) (store.Backend, error) { return store.Backend{}, broken }
	fails := func(context.Context, string) (store.Backend, error) {
		b := memory.New()
		b.Log = failing{b.Log, broken}

		return b, nil
	}
	shapes := []bench.Shape{{1, 1}}

	for name, c := range map[string]struct {
		config bench.FanoutConfig
		want   string
	}{
		"opening":     {bench.FanoutConfig{Open: refuse, Shapes: shapes}, "the disk is full"},
		"appending":   {bench.FanoutConfig{Open: fails, Shapes: shapes}, "the disk is full"},
		"stalling":    {bench.FanoutConfig{Open: fails, Only: []string{"stalled"}, Stall: bench.Stall{Reading: 1, Stalled: 1}}, "the disk is full"},
		"stalled":     {bench.FanoutConfig{Open: refuse, Stall: bench.Stall{Stalled: -1}}, "negative"},
		"pace":        {bench.FanoutConfig{Open: fails, Only: []string{"latency"}, Connections: 2, Room: 2, Time: 1}, "the disk is full"},
		"no log":      {bench.FanoutConfig{}, "set Open"},
		"part":        {bench.FanoutConfig{Open: refuse, Only: []string{"speed"}}, `part "speed"`},
		"nobody":      {bench.FanoutConfig{Open: refuse, Shapes: []bench.Shape{{1, 0}}}, "1 or more"},
		"backwards":   {bench.FanoutConfig{Open: refuse, Rounds: -1}, "negative"},
		"rooms":       {bench.FanoutConfig{Open: refuse, Connections: 3, Room: 2}, "a multiple"},
		"long":        {bench.FanoutConfig{Open: refuse, Time: time.Minute}, "heartbeats"},
		"load":        {bench.FanoutConfig{Open: newLogs(t), Shapes: shapes, Load: []string{"-no-such-flag"}}, "no-such-flag"},
		"server":      {bench.FanoutConfig{Open: refuse, Only: []string{"memory"}, Serve: []string{"-no-such-flag"}}, "no-such-flag"},
		"server says": {bench.FanoutConfig{Open: refuse, Only: []string{"memory"}, Serve: []string{"-test.run=^$"}}, "did not say"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			c.config.Dir = dir
			c.config.WarmUp = time.Minute / 4 // nobody waits for it

			err := bench.RunFanout(t.Context(), &c.config, func(bench.Figure) error { return nil })
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the run returned %v, want %q", err, c.want)
			}
		})
	}

	err := (&bench.Fanout{Rooms: 3, Dir: dir}).Run(t.Context(), bench.Env{Open: refuse, Stdout: &bytes.Buffer{}})
	if fault.Of(err) != fault.CodeInvalid {
		t.Errorf("rooms without clients: %v", err)
	}
}

func TestFanoutEndsWithItsContext(t *testing.T) {
	t.Parallel()

	for _, part := range []string{"saturation", "stalled", "latency", "memory"} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()

			dir := t.TempDir()
			ctx, cancel := context.WithCancel(t.Context())
			c := &bench.FanoutConfig{
				Open: newLogs(t), Dir: dir, Only: []string{part}, Connections: 2, Room: 2, Shapes: []bench.Shape{{1, 2}}, Serve: asServe,
				Stall:  bench.Stall{Reading: 2, Stalled: 2},
				Status: func(string) { time.AfterFunc(20*time.Millisecond, cancel) },
			}

			err := bench.RunFanout(ctx, c, func(bench.Figure) error { return nil })
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the run returned %v, want that its context was cancelled", err)
			}

			expectEmpty(t, dir)
		})
	}
}
