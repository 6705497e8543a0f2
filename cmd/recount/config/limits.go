package config

import "time"

// Limits bound what a client may ask for. Zero means the default, which stands
// in the comment.
type Limits struct {
	// Data is the largest data of an event, in bytes. Defaults to 1 MiB.
	Data int
	// Frame is the largest message on a socket, in bytes. Defaults to 1.25 MiB.
	Frame int
	// AppendEvents is the most events of one append. Defaults to 1,000.
	AppendEvents int
	// AppendBytes is the most bytes of one append, and of the body of a request.
	// Defaults to 16 MiB.
	AppendBytes int
	// ID is the longest ID of an event, in bytes. Defaults to 128.
	ID int
	// Name is the longest subject and actor, in bytes. Defaults to 255.
	Name int
	// Meta is the largest meta of an event, in bytes. Defaults to 16 KiB.
	Meta int
	// Signal is the largest signal, in bytes. Defaults to 16 KiB.
	Signal int
	// Stream is the longest name of a stream, in bytes. Defaults to 255.
	Stream int
	// Type is the longest type of an event, in bytes. Defaults to 128.
	Type int
	// Topics that a connection may have joined. Defaults to 128.
	Topics int
	// PushesPerSecond that a connection may send for long. Defaults to 100.
	PushesPerSecond int
	// PushBurst is how many it may send at once. Defaults to 200.
	PushBurst int
	// Signals that wait for a connection and topic; the oldest are dropped.
	// Defaults to 64.
	Signals int
	// FirstFrame is how long a client may take to send its first message.
	// Defaults to 10 s.
	FirstFrame time.Duration
	// Silence is how long a socket may be silent. Defaults to 60 s.
	Silence time.Duration
	// WriteStall is how long a write may make no progress. Defaults to 30 s.
	WriteStall time.Duration
}

// withDefaults returns the limits with the defaults filled in.
func (l *Limits) withDefaults() Limits {
	filled := *l
	for _, row := range filled.numbers() {
		if *row.value == 0 {
			*row.value = row.otherwise
		}
	}

	for _, row := range filled.times() {
		if *row.value == 0 {
			*row.value = row.otherwise
		}
	}

	return filled
}

// number is a limit of bytes, or of how many.
type number struct {
	name                  string
	value                 *int
	otherwise, least, top int
	bytes                 bool
}

// numbers returns the limits that are numbers. What the system makes by itself,
// such as the IDs of events and of anonymous callers, has to fit in.
func (l *Limits) numbers() []number {
	const kib, mib = 1 << 10, 1 << 20

	return []number{
		{"data", &l.Data, mib, 1, 256 * mib, true},
		{"frame", &l.Frame, 1280 * kib, kib, 512 * mib, true},
		{"append_events", &l.AppendEvents, 1000, 1, 1_000_000, false},
		{"append_bytes", &l.AppendBytes, 16 * mib, kib, 1024 * mib, true},
		{"id", &l.ID, 128, 64, 4 * kib, true},
		{"name", &l.Name, 255, 64, 4 * kib, true},
		{"meta", &l.Meta, 16 * kib, kib, 16 * mib, true},
		{"signal", &l.Signal, 16 * kib, 1, 16 * mib, true},
		{"stream", &l.Stream, 255, 64, 4 * kib, true},
		{"type", &l.Type, 128, 64, 4 * kib, true},
		{"topics", &l.Topics, 128, 1, 100_000, false},
		{"pushes_per_second", &l.PushesPerSecond, 100, 1, 1_000_000, false},
		{"push_burst", &l.PushBurst, 200, 1, 1_000_000, false},
		{"queued_signals", &l.Signals, 64, 1, 100_000, false},
	}
}

// span is a limit of time.
type span struct {
	name                  string
	value                 *time.Duration
	otherwise, least, top time.Duration
}

func (l *Limits) times() []span {
	return []span{
		{"first_frame", &l.FirstFrame, 10 * time.Second, time.Second, 10 * time.Minute},
		{"silence", &l.Silence, time.Minute, 5 * time.Second, time.Hour},
		{"write_stall", &l.WriteStall, 30 * time.Second, time.Second, 10 * time.Minute},
	}
}
