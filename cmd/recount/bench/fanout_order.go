package bench

// The process that measures and the one that is the load speak in lines of
// JSON: an order, then its report. Reports of progress come in between.

// order is what the load is to do: one of its fields is set.
type order struct {
	Connect   *connectOrder  `json:"connect,omitempty"`
	Count     *countOrder    `json:"count,omitempty"`
	Complete  *completeOrder `json:"complete,omitempty"`
	Latencies *latencyOrder  `json:"latencies,omitempty"`
	Stall     *stallOrder    `json:"stall,omitempty"`
	Leave     bool           `json:"leave,omitempty"`
}

// connectOrder wants clients. It is answered when all have joined their rooms.
type connectOrder struct {
	Address string   `json:"address"`
	Rooms   []string `json:"rooms"`
	// Each is how many clients go into each room.
	Each int `json:"each"`
	// Plain wants plain sockets: no handshake, no join, only the number of the
	// room in eight digits.
	Plain bool `json:"plain,omitempty"`
	// Progress wants to know all the time how far each room is.
	Progress bool `json:"progress,omitempty"`
	// Samples wants every delivery's latency kept.
	Samples bool `json:"samples,omitempty"`
}

// countOrder wants to know how much comes within a time.
type countOrder struct {
	Milliseconds float64 `json:"milliseconds"`
}

// completeOrder wants every client to have all events of its room, exactly
// once, and waits for that.
type completeOrder struct {
	// Heads are the rooms' last versions.
	Heads []uint64 `json:"heads"`
	// Milliseconds is for how long nothing may come meanwhile.
	Milliseconds float64 `json:"milliseconds"`
}

// latencyOrder wants the latencies of all events but the first ones. The rooms
// got one event each in turn.
type latencyOrder struct {
	// From is how many events of all rooms do not count.
	From int `json:"from"`
	// Durable says of every version of every room after how many nanoseconds
	// it was durable. May be empty.
	Durable [][]int64 `json:"durable,omitempty"`
}

// stallOrder wants more clients that join and then stop reading, in place of
// those that did before; none lets these go. It is answered when they have
// joined.
type stallOrder struct {
	// Each is how many go into each room.
	Each int `json:"each"`
}

// loadReport is an answer to an order; or progress, which comes unasked.
type loadReport struct {
	// Error says why the order could not be obeyed.
	Error string `json:"error,omitempty"`
	// Progress is, for each room, up to where its slowest client has all.
	Progress  []uint64       `json:"progress,omitempty"`
	Count     *countReport   `json:"count,omitempty"`
	Latencies *latencyReport `json:"latencies,omitempty"`
}

// countReport says what came within a time.
type countReport struct {
	Events  uint64  `json:"events"`
	Bytes   uint64  `json:"bytes"`
	Reads   uint64  `json:"reads"`
	Seconds float64 `json:"seconds"`
}

// latencyReport tells latencies in microseconds.
type latencyReport struct {
	Deliveries uint64  `json:"deliveries"`
	Seconds    float64 `json:"seconds"` // between the first append and the last
	P50        float64 `json:"p50"`
	P99        float64 `json:"p99"`
	// Durable50 and Durable99 count from when the event was durable.
	Durable50 float64 `json:"durable_50,omitempty"`
	Durable99 float64 `json:"durable_99,omitempty"`
}
