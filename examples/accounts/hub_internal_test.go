package main

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// TestSlowSocket shows that a client who does not read delays nobody, gets
// everything if it reads after all, and loses its connection if it never does.
// Its connection is a pipe, which holds nothing.
func TestSlowSocket(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		const events = 500

		ctx, cancel := context.WithCancel(t.Context())
		log := memory.New().Log
		hub, err := newHub(ctx, log)
		if err != nil {
			t.Fatal(err)
		}

		following := make(chan error, 1)
		go func() { following <- hub.run(ctx) }()

		connect := func() *client {
			here, there := net.Pipe()
			s := &socket{conn: there, log: log, stream: "account:1", news: make(chan struct{}, 1), leaving: make(chan struct{})}
			if !hub.enter(s) {
				t.Fatal("the hub is closed")
			}

			go func() {
				defer hub.leave(s)

				s.run(ctx, there, 0)
			}()

			return newClient(t, here, nil)
		}

		slow, quick, stuck := connect(), connect(), connect()

		for version := 1; version <= events; version++ {
			if _, err := log.Append(ctx, store.Batch{Stream: "account:1", Drafts: []event.Draft{{Type: "poked", Data: []byte(`{"by":1}`)}}}); err != nil {
				t.Fatal(err)
			}

			quick.event(version)
		}

		<-time.After(stall / 2) // of the bubble's clock
		for version := 1; version <= events; version++ {
			slow.event(version)
		}

		<-time.After(stall)
		synctest.Wait()

		if len(hub.sockets["account:1"]) != 2 {
			t.Errorf("there are %d sockets, want the quick and the slow one", len(hub.sockets["account:1"]))
		}

		if _, err := stuck.read(); err == nil {
			t.Error("a client that does not read keeps its connection")
		}

		_ = slow.conn.Close()
		_ = quick.conn.Close()
		cancel()
		hub.close()

		if err := <-following; err != nil {
			t.Error(err)
		}

		if len(hub.sockets) != 0 {
			t.Errorf("%d streams are still watched", len(hub.sockets))
		}
	})
}
