package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/recountdev/recount/fault"
)

// observation is what the server's metrics say.
type observation struct {
	subscriptions float64
	slowest       float64 // how many events the slowest of them is behind
}

// observed waits until the server's metrics say what they should.
func (h *host) observed(ctx context.Context, what string, enough func(observation) bool) error {
	for until := time.Now().Add(stallsWithin); ; {
		o, err := h.observe(ctx)
		if err != nil || enough(o) {
			return err
		}

		if time.Now().After(until) {
			return fault.Internal("the server has %.0f subscriptions, the slowest %.0f events behind: waited %s for %s", o.subscriptions, o.slowest, stallsWithin, what)
		}

		if err := wait(ctx, progressEvery); err != nil {
			return err
		}
	}
}

// observe asks the server for its metrics.
func (h *host) observe(ctx context.Context) (o observation, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.address+"/metrics", http.NoBody)
	if err != nil {
		return o, err
	}

	request.Close = true // no goroutine waits for another request

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return o, err
	}
	defer response.Body.Close()

	return readObservation(response.Body)
}

// readObservation finds in metrics what is of interest.
func readObservation(metrics io.Reader) (o observation, err error) {
	o = observation{-1, -1}
	wanted := map[string]*float64{"recount_subscriptions": &o.subscriptions, "recount_slowest_cursor_events": &o.slowest}

	lines := bufio.NewScanner(metrics)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if to := wanted[name]; to != nil {
			if *to, err = strconv.ParseFloat(value, 64); err != nil {
				return o, fmt.Errorf("read the metric %s: %w", name, err)
			}
		}
	}

	if err := lines.Err(); err != nil {
		return o, err
	}

	if min(o.subscriptions, o.slowest) < 0 {
		return o, fault.Internal("the server's metrics do not say how far its subscriptions are")
	}

	return o, nil
}
