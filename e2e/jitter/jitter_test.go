package jitter_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/recountdev/recount/internal/loopback"
)

// perRoom is how many clients watch a room.
const perRoom = 50

// number returns what a variable of the environment says.
func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()

	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}

	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is no number from 1", variable, text)
	}

	return n
}

// TestJitter cuts the connections of 1,000 clients for a minute, each about
// every five seconds. RECOUNT_JITTER_CLIENTS and RECOUNT_JITTER_SECONDS make it
// harder.
func TestJitter(t *testing.T) {
	t.Parallel()

	r := newRun(t, number(t, "RECOUNT_JITTER_CLIENTS", 1000))
	r.play(time.Duration(number(t, "RECOUNT_JITTER_SECONDS", 60))*time.Second, nil)
	r.checkMemory()
}

// TestJitterWithKills also kills the server again and again.
func TestJitterWithKills(t *testing.T) {
	t.Parallel()

	r := newRun(t, number(t, "RECOUNT_JITTER_CLIENTS", 1000)/5)
	seconds := number(t, "RECOUNT_JITTER_SECONDS", 60) / 2
	r.play(time.Duration(seconds)*time.Second, time.NewTicker(5*time.Second).C)

	if r.kills == 0 {
		t.Error("the server was never killed")
	}
}

// run is a server, its clients, and one who appends.
type run struct {
	t       *testing.T
	folder  string
	server  *process
	clients []*client
	rooms   int
	kills   int
	private []int // memory of the server, measured every second

	appended int
	heads    []uint64
}

func newRun(t *testing.T, clients int) *run {
	t.Helper()

	address, err := loopback.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}

	r := &run{t: t, folder: t.TempDir() + "/data", rooms: max(clients/perRoom, 1)}
	r.server = start(t, r.folder, address)
	r.heads = make([]uint64, r.rooms)
	t.Cleanup(func() { r.server.kill(t) })

	for i := range clients {
		r.clients = append(r.clients, &client{room: room(i % r.rooms), address: r.server.address})
	}

	return r
}

func room(i int) string { return fmt.Sprintf("room:%d", i) }

// play appends 200 events a second while clients are cut off, and the server is
// killed at every tick; then it lets all come to rest, and compares.
func (r *run) play(length time.Duration, kill <-chan time.Time) {
	ctx, stop := context.WithCancel(r.t.Context())
	defer stop()

	var running sync.WaitGroup

	calm := make(chan struct{})
	for _, c := range r.clients {
		running.Go(func() { c.run(ctx, 5*time.Second, calm) })
	}

	const every = 5 * time.Millisecond // 200 a second

	appends, measure := time.NewTicker(every), time.NewTicker(time.Second)
	defer appends.Stop()
	defer measure.Stop()

	for end := time.After(length); ; {
		select {
		case <-appends.C:
			r.append()

			continue
		case <-measure.C:
			r.private = append(r.private, r.server.private(r.t))

			continue
		case <-kill:
			r.server.kill(r.t)
			r.server = start(r.t, r.folder, r.server.address)
			r.kills++

			continue
		case <-end:
		}

		break
	}

	close(calm)
	r.settle()
	stop()
	running.Wait()
	r.report()
}

// append records an event in one of the rooms. If the answer is lost, the same
// ID is tried again.
func (r *run) append() {
	i := r.appended % r.rooms
	body := fmt.Sprintf(`{"id":"e%d","type":"said","data":{"n":%d}}`, r.appended, r.appended)

	for attempt := 0; ; attempt++ {
		err := r.post(room(i), body)
		if err == nil {
			break
		}

		if attempt > 100 {
			r.t.Fatalf("append: %v", err)
		}

		pause(r.t.Context(), 50*time.Millisecond)
	}

	r.appended++
	r.heads[i]++
}

func (r *run) post(stream, body string) error {
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, "http://"+r.server.address+"/v1/streams/"+stream, bytes.NewBufferString(body))
	if err != nil {
		return err
	}

	request.Header.Set("Content-Type", "application/json")

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()

	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %w", response.Status, text, err)
	}

	return nil
}

// settle waits until every client has everything, or something is wrong.
func (r *run) settle() {
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()

	for end := time.After(time.Minute); ; {
		behind := 0
		for i, c := range r.clients {
			if c.problem.Load() == nil && c.version.Load() < r.heads[i%r.rooms] {
				behind++
			}
		}

		if behind == 0 {
			return
		}

		select {
		case <-look.C:
		case <-end:
			r.t.Errorf("%d of %d clients do not have everything a minute later", behind, len(r.clients))

			return
		}
	}
}

// report compares what every client has with what was appended.
func (r *run) report() {
	var joins, delivered, expected uint64
	for i, c := range r.clients {
		if problem := c.problem.Load(); problem != nil {
			r.t.Errorf("client %d: %s", i, *problem)
		}

		if got, want := c.version.Load(), r.heads[i%r.rooms]; got != want {
			r.t.Errorf("client %d has %d events of %s, want %d", i, got, c.room, want)
		}

		joins += uint64(c.joins)
		delivered += c.version.Load()
		expected += r.heads[i%r.rooms]
	}

	r.t.Logf("%d clients joined %d times; %d events, %d of %d deliveries; %d kills; server's private memory %v MiB",
		len(r.clients), joins, r.appended, delivered, expected, r.kills, mebibytes(r.private))
}

// checkMemory compares the server's memory in the last third with that of the
// second: it must not grow.
func (r *run) checkMemory() {
	third := len(r.private) / 3
	if third < 2 {
		return // a run of a few seconds says nothing
	}

	second, last := slices.Max(r.private[third:2*third]), slices.Max(r.private[2*third:])
	if last > second+second/3+(16<<20) {
		r.t.Errorf("the server's memory grows: %v MiB", mebibytes(r.private))
	}
}

func mebibytes(sizes []int) []int {
	in := make([]int, 0, len(sizes))
	for _, size := range sizes {
		in = append(in, size>>20)
	}

	return in
}
