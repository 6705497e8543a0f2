package recount

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/store"
)

// projectionCollector asks how the projections are whenever somebody looks.
type projectionCollector struct {
	log          store.Log
	runner       *projection.Runner
	lag, stopped *prometheus.Desc
}

// measure adds the metrics of the projections to a registry.
func (r *readSide) measure(registry *prometheus.Registry, log store.Log) error {
	if r.runner == nil {
		return nil
	}

	describe := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, []string{"projection"}, nil)
	}

	err := registry.Register(&projectionCollector{
		log:     log,
		runner:  r.runner,
		lag:     describe("recount_projection_lag_events", "How many events a projection is behind the log, as the positions tell."),
		stopped: describe("recount_projection_stopped", "1 if a projection stopped or is paused, else 0."),
	})
	if err != nil {
		return fault.Invalid("the metrics of the projections cannot be registered: %w: give each App a registry of its own", err)
	}

	return nil
}

// Describe tells which metrics there are.
func (c *projectionCollector) Describe(to chan<- *prometheus.Desc) {
	to <- c.lag
	to <- c.stopped
}

// Collect tells what they are now. A projection that does not run knows an end of
// the log that is long gone, so the log is asked; if it does not answer, there is
// no lag.
func (c *projectionCollector) Collect(to chan<- prometheus.Metric) {
	const patience = 5 * time.Second

	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()

	all := c.runner.Status() // before the end of the log, which may move on

	state, err := c.log.State(ctx)
	for i := range all {
		p := &all[i]

		stopped := 0.0
		if p.State == projection.Stopped || p.State == projection.Paused {
			stopped = 1
		}

		to <- prometheus.MustNewConstMetric(c.stopped, prometheus.GaugeValue, stopped, p.Name)

		if err == nil {
			lag := float64(state.Head.Number()) - float64(p.Position.Number())
			to <- prometheus.MustNewConstMetric(c.lag, prometheus.GaugeValue, max(0, lag), p.Name)
		}
	}
}
