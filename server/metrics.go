package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/topic"
)

// connection is a kind of connection that stays open for live events.
type connection string

// The kinds of connections.
const (
	connectionSocket connection = "socket"
	connectionEvents connection = "sse"
	connectionPoll   connection = "long_poll"
)

// metrics counts what the server does. All methods are safe for concurrent use.
type metrics struct {
	registry    *prometheus.Registry
	connections *prometheus.GaugeVec
	opened      *prometheus.CounterVec
	appends     prometheus.Counter
	events      prometheus.Counter
	appendTime  prometheus.Histogram
	delivery    prometheus.Histogram
	commands    *prometheus.CounterVec
	commandTime prometheus.Histogram
	refusals    *prometheus.CounterVec
	requests    *prometheus.CounterVec
}

// newMetrics returns metrics in a registry, or in one of their own if it is nil.
// A registry takes the metrics of one server.
func newMetrics(registry *prometheus.Registry, stats func() topic.Stats) (*metrics, error) {
	if registry == nil {
		registry = prometheus.NewRegistry()
	}

	m := &metrics{
		registry: registry,
		connections: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "recount_connections", Help: "Connections that are open for live events, by kind.",
		}, []string{"kind"}),
		opened: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "recount_connections_opened_total", Help: "Connections for live events that were opened, by kind.",
		}, []string{"kind"}),
		appends: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "recount_appends_total", Help: "Appends from outside that were recorded.",
		}),
		events: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "recount_appended_events_total", Help: "Events from outside that were recorded.",
		}),
		appendTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "recount_append_duration_seconds", Help: "Time from an append's arrival until it was durable.",
			Buckets: latencies(),
		}),
		delivery: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "recount_delivery_duration_seconds", Help: "Time from the recording of a live event until it was written to a connection.",
			Buckets: latencies(),
		}),
		commands: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "recount_commands_total", Help: "Commands from outside that were answered, by code; ok is none.",
		}, []string{"code"}),
		commandTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "recount_command_duration_seconds", Help: "Time from the arrival of a command that went well until its answer.",
			Buckets: latencies(),
		}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "recount_refusals_total", Help: "Requests that failed, over HTTP and sockets, by code.",
		}, []string{"code"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "recount_http_requests_total", Help: "HTTP requests that were answered, by route, method and status.",
		}, []string{"route", "method", "status"}),
	}

	for _, c := range []prometheus.Collector{
		m.connections, m.opened, m.appends, m.events, m.appendTime, m.delivery, m.commands, m.commandTime, m.refusals, m.requests,
		newTopicCollector(stats),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := registry.Register(c); err != nil {
			return nil, fault.Invalid("the metrics cannot be registered: %w: give each server a registry of its own", err)
		}
	}

	for _, kind := range []connection{connectionSocket, connectionEvents, connectionPoll} {
		m.connections.WithLabelValues(string(kind))
		m.opened.WithLabelValues(string(kind))
	}

	m.commands.WithLabelValues(codeOK)

	return m, nil
}

// codeOK stands for the code of what went well.
const codeOK = "ok"

// latencies are the upper bounds of buckets, in seconds.
func latencies() []float64 {
	return []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
}

// connectionOpened counts a connection that stays open for live events.
func (m *metrics) connectionOpened(kind connection) {
	m.connections.WithLabelValues(string(kind)).Inc()
	m.opened.WithLabelValues(string(kind)).Inc()
}

// connectionClosed is the end of what connectionOpened began.
func (m *metrics) connectionClosed(kind connection) {
	m.connections.WithLabelValues(string(kind)).Dec()
}

// appended counts an append of n events that took a time to become durable.
func (m *metrics) appended(n int, took time.Duration) {
	m.appends.Inc()
	m.events.Add(float64(n))
	m.appendTime.Observe(took.Seconds())
}

// dispatched counts a command whose answer took a time. The code is that of its
// error, or "".
func (m *metrics) dispatched(code fault.Code, took time.Duration) {
	if code != "" {
		m.commands.WithLabelValues(string(code)).Inc()

		return
	}

	m.commands.WithLabelValues(codeOK).Inc()
	m.commandTime.Observe(took.Seconds())
}

// delivered counts a live event, or a frame of them, that was written to a
// connection some time after it was recorded.
func (m *metrics) delivered(after time.Duration) { m.delivery.Observe(max(0, after.Seconds())) }

// refused counts a request that failed.
func (m *metrics) refused(code fault.Code) { m.refusals.WithLabelValues(string(code)).Inc() }

// answered counts an HTTP request. A status of 0 says that the client left before
// it had an answer, or took the connection over.
func (m *metrics) answered(route, method string, status int) {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions:
	default:
		method = "other" // clients must not make up labels
	}

	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
}

// handler shows the metrics.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}

// topicCollector asks the hub once whenever somebody looks.
type topicCollector struct {
	stats                                   func() topic.Stats
	topics, subscriptions, slowest, dropped *prometheus.Desc
}

func newTopicCollector(stats func() topic.Stats) *topicCollector {
	describe := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }

	return &topicCollector{
		stats:         stats,
		topics:        describe("recount_topics", "Topics that somebody watches."),
		subscriptions: describe("recount_subscriptions", "Subscriptions to topics."),
		slowest:       describe("recount_slowest_cursor_events", "How many events the slowest subscription is behind."),
		dropped:       describe("recount_dropped_signals_total", "Signals that were dropped because their receivers were too slow."),
	}
}

// Describe tells which metrics there are.
func (c *topicCollector) Describe(to chan<- *prometheus.Desc) {
	to <- c.topics
	to <- c.subscriptions
	to <- c.slowest
	to <- c.dropped
}

// Collect tells what they are now.
func (c *topicCollector) Collect(to chan<- prometheus.Metric) {
	stats := c.stats()
	to <- prometheus.MustNewConstMetric(c.topics, prometheus.GaugeValue, float64(stats.Topics))
	to <- prometheus.MustNewConstMetric(c.subscriptions, prometheus.GaugeValue, float64(stats.Subscriptions))
	to <- prometheus.MustNewConstMetric(c.slowest, prometheus.GaugeValue, float64(stats.Slowest))
	to <- prometheus.MustNewConstMetric(c.dropped, prometheus.CounterValue, float64(stats.Dropped))
}
