// Counter serves counters that only go up. Try "counter -store pebble:data".
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/backends"
)

type (
	created     struct{}
	incremented struct{ By int }
)

var (
	counters = aggregate.Define("counter",
		aggregate.Public(func(count int) int { return count }),
		aggregate.On("created", func(*int, created) {}),
		aggregate.On("incremented", func(count *int, e incremented) { *count += e.By }))
	create = aggregate.Creation(counters, "create", func(s aggregate.Scope[int], _ struct{}) (int, error) {
		s.Emit(created{})
		return 0, nil
	})
	increment = aggregate.Command(counters, "increment", func(s aggregate.Scope[int], by int) (int, error) {
		if s.Version() == 0 || by < 1 {
			return 0, fmt.Errorf("%s cannot go up by %d: create it, and count at least 1", s.Stream(), by)
		}
		s.Emit(incremented{By: by})
		return s.State(), nil
	})
	twice = aggregate.Command(counters, "increment_twice", func(s aggregate.Scope[int], by int) (int, error) {
		if _, err := increment.In(s, by); err != nil {
			return 0, err
		}
		return increment.In(s, by)
	})
)

func main() {
	url := flag.String("store", "memory:", "where events go")
	listen := flag.String("listen", "127.0.0.1:4000", "where to listen")
	flag.Parse()
	app := must(recount.New(context.Background(), recount.Options{
		Backend: must(backends.Open(context.Background(), *url)), Auth: auth.Options{Anonymous: true}, Aggregates: aggregate.Options{Kinds: []aggregate.Kind{counters}},
	}))
	must(app, (&http.Server{Addr: *listen, Handler: app.Handler(), ReadHeaderTimeout: 1e10}).ListenAndServe())
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
