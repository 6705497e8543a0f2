package pebble_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store/pebble"
)

const (
	// victimFolder names the environment variable that makes this test binary
	// a process that writes until it is killed.
	victimFolder = "RECOUNT_TEST_VICTIM"
	// tortureRounds names the environment variable with the number of kills.
	tortureRounds = "RECOUNT_TORTURE_ROUNDS"
	victimWriters = 64
)

// testimony is a line that the victim prints after every acknowledgement.
type testimony struct {
	ID event.ID
	ack
}

// A process that is killed while 64 write loses nothing that it had told
// anybody, however often.
func TestKill(t *testing.T) {
	t.Parallel()

	rounds := rounds(t, 20)
	folder, told := filepath.Join(t.TempDir(), "data"), newWitness()
	random := rand.New(rand.NewPCG(4, 5))
	for round := range rounds {
		killAfter(t, folder, told, 1+random.IntN(2000))
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}

		if round%20 == 19 || round == rounds-1 {
			mustHold(t, folder, pebble.Options{}, told.soFar())
		}
	}

	if len(told.soFar()) < rounds {
		t.Fatalf("only %d acknowledgements in %d rounds", len(told.soFar()), rounds)
	}
}

// rounds returns how often to try: more in a torture run.
func rounds(t *testing.T, otherwise int) int {
	t.Helper()

	text := os.Getenv(tortureRounds)
	if text == "" {
		return otherwise
	}

	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s=%q is no number", tortureRounds, text)
	}

	return n
}

// killAfter lets a process write until it has told of some acknowledgements,
// and kills it.
func killAfter(t *testing.T, folder string, told *witness, after int) {
	t.Helper()

	v := startVictim(t, folder)
	for n := 0; ; n++ {
		if n == after {
			v.kill(t)
		}

		line, err := v.lines.ReadBytes('\n')
		if err != nil { // what was told before the kill has been read
			if n < after {
				t.Errorf("the victim ended by itself after %d acknowledgements: %v", n, err)
			}

			break
		}

		var told1 testimony
		if err := json.Unmarshal(line, &told1); err != nil {
			t.Fatalf("%s: %v", line, err)
		}

		told.saw(told1.ID, told1.ack)
	}

	_ = v.cmd.Wait() // it was killed
}

// victim is a process that writes to a log until it is killed.
type victim struct {
	cmd   *exec.Cmd
	lines *bufio.Reader
}

// startVictim starts a process, and waits until it has the log open.
func startVictim(t *testing.T, folder string) victim {
	t.Helper()

	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}

	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), victimFolder+"="+folder)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}

	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	v := victim{cmd: cmd, lines: bufio.NewReader(out)}
	if _, err := v.lines.Peek(1); err != nil {
		t.Fatalf("the victim tells nothing: %v", err)
	}

	return v
}

func (v victim) pid() string { return strconv.Itoa(v.cmd.Process.Pid) }

func (v victim) kill(t *testing.T) {
	t.Helper()

	if err := v.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
}

// beVictim writes to the log of a folder and tells of every acknowledgement,
// until somebody kills the process.
func beVictim(folder string) int {
	ctx := context.Background()
	backend, err := pebble.Open(ctx, folder, pebble.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, "victim:", err)
		return 1
	}

	var (
		writers sync.WaitGroup
		mu      sync.Mutex
	)

	run := event.NewID()
	for w := range victimWriters {
		writers.Go(func() {
			own := newWitness()
			err := own.write(ctx, backend.Log, event.Stream(fmt.Sprintf("victim:%s-%d", run, w)), func(int) bool {
				mu.Lock()
				defer mu.Unlock()

				for id, a := range own.acked {
					line, _ := json.Marshal(testimony{ID: id, ack: a})
					_, _ = os.Stdout.Write(append(line, '\n'))
				}

				clear(own.acked)

				return false
			})
			fmt.Fprintln(os.Stderr, "victim:", err)
		})
	}

	writers.Wait()

	return 1
}
