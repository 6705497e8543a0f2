package pebble_test

import (
	"path/filepath"
	"testing"

	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/pebble"
	"github.com/recountdev/recount/store/storetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()

	storetest.Run(t, func(t *testing.T) store.Backend {
		t.Helper()

		return open(t, filepath.Join(t.TempDir(), "data"), pebble.Options{})
	})
}
