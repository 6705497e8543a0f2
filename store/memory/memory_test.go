package memory_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
	"github.com/recountdev/recount/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) store.Backend { return memory.New() })
}
