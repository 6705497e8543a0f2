package wake_test

import (
	"sync"
	"testing"

	"github.com/recountdev/recount/internal/wake"
)

func TestEveryWaiterIsWoken(t *testing.T) {
	t.Parallel()

	var (
		signal wake.Signal
		group  sync.WaitGroup
	)

	for range 10 {
		changed := signal.Changed()
		group.Go(func() { <-changed })
	}

	signal.Wake()
	group.Wait()
}

func TestWakeBeforeChangedIsNotSeen(t *testing.T) {
	t.Parallel()

	var signal wake.Signal
	signal.Wake()

	select {
	case <-signal.Changed():
		t.Fatal("a change before Changed was reported after it")
	default:
	}
}
