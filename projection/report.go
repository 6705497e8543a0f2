package projection

import (
	"context"
	"math"
	"time"

	"github.com/recountdev/recount/event"
)

// Statuses returns how all projections of the database are, sorted by name, as
// the programs that run them wrote it down at most a second ago.
func (v *Views) Statuses(ctx context.Context) ([]Status, error) {
	controls, err := v.controls(ctx, v.read, "")
	if err != nil {
		return nil, err
	}

	found, err := v.generations(ctx, v.read, "")
	if err != nil {
		return nil, err
	}

	all := make([]Status, 0, len(controls))
	for _, c := range controls {
		var live, building *generation

		for _, g := range found {
			switch {
			case g.name != c.name:
			case g.live:
				live = g
			default:
				building = g
			}
		}

		s, err := v.status(ctx, c, live, building)
		if err != nil {
			return nil, err
		}

		all = append(all, s)
	}

	return all, nil
}

// status returns how one is, as the tables say.
func (v *Views) status(ctx context.Context, c *control, live, building *generation) (Status, error) {
	s := Status{Name: c.name, State: Building}

	g := live
	if live == nil || building != nil && (live.fingerprint != building.fingerprint || live.epoch != building.epoch) {
		g = building // readers see none, or one that nobody keeps up to date
	}

	if g != nil {
		s.Version = g.version
		s.show(c.paused, g.live, g.Progress)

		if building != nil && g != building {
			beside := building.with()
			s.Rebuild = &beside
		}
	}

	var err error
	if g != nil {
		s.Skipped, err = collect(ctx, v, v.read, scanSkipped, skippedOf, c.name, g.fingerprint, g.epoch)
	}

	if err == nil {
		s.Streams, err = v.streams(ctx, v.read, c.name)
	}

	return s, err
}

// show sets how a generation is, and what the projection is doing.
func (s *Status) show(paused, live bool, p Progress) {
	s.Progress = p.with()

	switch {
	case paused:
		s.State = Paused
	case s.Failure != nil:
		s.State = Stopped
	case !live:
		s.State = Building
	case s.Lag > 0:
		s.State = CatchingUp
	default:
		s.State = Live
	}
}

// with returns a progress with what follows from the rest of it.
func (p Progress) with() Progress {
	p.Lag, p.Left = 0, 0
	if p.Head.Compare(p.Position) > 0 {
		p.Lag = p.Head.Number() - p.Position.Number()
	}

	if p.Rate > 0 {
		p.Left = time.Duration(min(float64(p.Lag)/p.Rate*float64(time.Second), math.MaxInt64/2))
	}

	if p.Failure != nil {
		failure := *p.Failure
		p.Failure = &failure
	}

	return p
}

const skippedOf = "select position, error, at from recount_skipped where name = ? and fingerprint = ? and epoch = ? order by position"

func scanSkipped(row func(...any) error) (Skipped, error) {
	var (
		s            Skipped
		position, at string
	)

	err := row(&position, &s.Error, &at)
	if err == nil {
		s.Position, err = event.ParsePosition(position)
	}

	if err == nil {
		s.At, err = time.Parse(time.RFC3339Nano, at)
	}

	return s, err
}

// streams returns those of a projection that are to be rebuilt alone.
func (v *Views) streams(ctx context.Context, on querier, name string) ([]StreamRebuild, error) {
	return collect(ctx, v, on, func(row func(...any) error) (StreamRebuild, error) {
		var s StreamRebuild
		err := row(&s.Stream, &s.Error)

		return s, err
	}, "select stream, error from recount_streams where name = ? order by stream", name)
}
