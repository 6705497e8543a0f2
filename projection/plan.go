package projection

import (
	"context"

	"github.com/recountdev/recount/event"
)

// plan is what a runner has to do for a projection, as the database says.
type plan struct {
	control *control
	// live and building are the generations to follow. Either may be nil.
	live, building *generation
	skips          map[event.Position]bool
	skipped        []Skipped
	streams        []StreamRebuild
}

// load reads what there is to do. It begins a generation if somebody asked for
// it, and, the first time, if there is none of this declaration and this log.
func (p *projection) load(ctx context.Context, first bool) (*plan, error) {
	state, err := p.log.State(ctx)
	if err != nil {
		return nil, err
	}

	made := &plan{skips: make(map[event.Position]bool)}

	return made, p.views.transact(ctx, func(t *transaction) error {
		if _, err := t.exec(ctx, "insert into recount_controls (name) values (?) on conflict (name) do nothing", p.name); err != nil {
			return err
		}

		var err error
		if made.control, err = t.lock(ctx, p.name); err != nil {
			return err
		}

		if first {
			if _, err := t.exec(ctx, "update recount_controls set clears = ? where name = ?", bit(p.options.ClearStream != ""), p.name); err != nil {
				return err
			}
		}

		found, err := p.views.generations(ctx, t.on, p.name)
		if err != nil {
			return err
		}

		s := situation{projection: p, t: t, epoch: state.Epoch, empty: state.Head.IsZero(), found: found}

		beyond := false
		if first {
			if beyond, err = s.disown(ctx); err != nil {
				return err
			}
		}

		if beyond || s.due(made.control, first) {
			if err := s.begin(ctx, made.control); err != nil {
				return err
			}
		}

		made.live, made.building = s.followed()

		if made.skipped, err = collect(ctx, p.views, t.on, scanSkipped, skippedOf, p.name, p.fingerprint, state.Epoch); err != nil {
			return err
		}

		for i := range made.skipped {
			made.skips[made.skipped[i].Position] = true
		}

		made.streams, err = p.views.streams(ctx, t.on, p.name)

		return err
	})
}

// situation is what generations a projection has, while they are locked.
type situation struct {
	*projection

	t     *transaction
	epoch string
	empty bool // the log has no events
	found []*generation
}

// of returns the generation that is live, or the one that is built; or nil.
func (s *situation) of(live bool) *generation {
	for _, g := range s.found {
		if g.live == live {
			return g
		}
	}

	return nil
}

// mine reports whether a generation is of this declaration and this log.
func (s *situation) mine(g *generation) bool {
	return g != nil && g.fingerprint == s.fingerprint && g.epoch == s.epoch
}

// disown gives up generations that are beyond the end of the log, as they are
// after an older copy of the store took its place: they have rows of events that
// do not exist. It reports whether there were any.
func (s *situation) disown(ctx context.Context) (bool, error) {
	state, err := s.log.State(ctx) // read after the generations: no other program has moved them on since
	if err != nil {
		return false, err
	}

	some := false

	for _, g := range s.found {
		if !s.mine(g) || g.Position.Compare(state.Head) <= 0 {
			continue
		}

		s.logger.WarnContext(ctx, "a projection is beyond the end of the log, as if an older copy of the store took its place: it is built anew",
			"generation", g.Generation, "position", g.Position, "head", state.Head)

		some, g.epoch = true, "" // the epoch of no log
		if _, err := s.t.exec(ctx, "update recount_projections set epoch = '' where name = ? and generation = ?", s.name, g.Generation); err != nil {
			return false, err
		}
	}

	if some {
		_, err = s.t.exec(ctx, "delete from recount_skipped where name = ? and epoch = ? and position > ?", s.name, s.epoch, state.Head.String())
	}

	return some, err
}

// due reports whether a generation has to begin. A program that runs an older
// declaration than another one begins none.
func (s *situation) due(asked *control, first bool) bool {
	have := s.mine(s.of(true)) || s.mine(s.of(false))

	return first && !have || asked.rebuild && have
}

// begin makes a generation to build, in the place of one that is being built.
func (s *situation) begin(ctx context.Context, asked *control) error {
	number := 1
	for _, g := range s.found {
		number = max(number, g.Generation+1)
	}

	if old := s.of(false); old != nil {
		if err := s.t.drop(ctx, old); err != nil {
			return err
		}
	}

	if err := s.t.create(ctx, s.compiled, s.epoch, number); err != nil {
		return err
	}

	found, err := s.views.generations(ctx, s.t.on, s.name)
	if err != nil {
		return err
	}

	s.found = found

	if s.empty && s.of(true) == nil { // there is nothing to wait for
		g := s.of(false)
		if err := s.t.show(ctx, g, nil); err != nil {
			return err
		}

		g.live = true
	}

	asked.revision++

	_, err = s.t.exec(ctx, "update recount_controls set rebuild = 0, revision = revision + 1 where name = ?", s.name)

	return err
}

// followed returns the generations that this program can follow.
func (s *situation) followed() (live, building *generation) {
	if g := s.of(true); s.mine(g) {
		live = g
	}

	if g := s.of(false); s.mine(g) {
		building = g
	}

	return live, building
}

// bit returns what stands for a truth in the tables.
func bit(b bool) int {
	if b {
		return 1
	}

	return 0
}
