package bench

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/recountdev/recount/fault"
)

// RunFanoutLoad is the load of RunFanout: it obeys the orders that come as lines
// of JSON, until there are no more.
func RunFanoutLoad(ctx context.Context, in io.Reader, out io.Writer) error {
	l := &loadProcess{out: json.NewEncoder(out)}
	defer l.leave(ctx)

	for decoder := json.NewDecoder(in); ; {
		var o order
		if err := decoder.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fault.Invalid("an order cannot be read: %w", err)
		}

		answer, err := l.obey(ctx, &o)
		if err != nil {
			answer.Error = err.Error()
		}

		if err := l.say(&answer); err != nil {
			return err
		}
	}
}

// loadProcess is the load of one run.
type loadProcess struct {
	crowd *crowd // nil if nobody is connected

	mu  sync.Mutex
	out *json.Encoder
}

// say writes a report. Safe for concurrent use.
func (l *loadProcess) say(r *loadReport) error {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.out.Encode(r)
}

// obey does what an order wants.
func (l *loadProcess) obey(ctx context.Context, o *order) (answer loadReport, err error) {
	switch {
	case o.Connect != nil:
		l.leave(ctx)

		l.crowd, err = gather(ctx, o.Connect, func(progress []uint64) { _ = l.say(&loadReport{Progress: progress}) })
	case o.Leave:
		l.leave(ctx)
	case l.crowd == nil:
		err = fault.Invalid("nobody is connected")
	case o.Count != nil:
		answer.Count, err = l.crowd.count(ctx, duration(o.Count.Milliseconds))
	case o.Complete != nil:
		err = l.crowd.complete(ctx, o.Complete.Heads, duration(o.Complete.Milliseconds))
	case o.Latencies != nil:
		answer.Latencies = l.crowd.latencies(o.Latencies)
	case o.Stall != nil:
		err = l.crowd.stall(ctx, o.Stall.Each)
	default:
		err = fault.Invalid("an empty order")
	}

	return answer, err
}

// leave ends all connections.
func (l *loadProcess) leave(ctx context.Context) {
	if l.crowd != nil {
		l.crowd.leave(ctx)
		l.crowd = nil
	}
}

// duration returns milliseconds as a duration.
func duration(milliseconds float64) time.Duration {
	return time.Duration(milliseconds * float64(time.Millisecond))
}
