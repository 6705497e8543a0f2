package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/nearest"
	"github.com/recountdev/recount/projection"
)

// projectionsCommand shows projections, and tells them what to do.
type projectionsCommand struct {
	List    listProjections   `cmd:"" help:"Show how the projections are."`
	Rebuild rebuildProjection `cmd:"" help:"Build a projection anew, beside the one that is live."`
	Pause   pauseProjection   `cmd:"" help:"Stop a projection."`
	Resume  resumeProjection  `cmd:"" help:"Let a projection go on."`
	Skip    skipProjection    `cmd:"" help:"Let a projection go on after an event that it fails at."`
}

// Help returns what the command's help says at length.
func (*projectionsCommand) Help() string {
	return `What is asked here is done by the servers that run the projections, within a
second.

Examples:
  recount projections list
  recount projections rebuild votes
  recount projections rebuild votes --stream meeting:42
  recount projections skip votes 0000000000000017`
}

type listProjections struct{ viewsFlag }

// Run shows the projections.
func (c *listProjections) Run(ctx context.Context, s *session) error {
	return s.readViews(ctx, c.viewsFlag, func(views *projection.Views) error {
		all, err := views.Statuses(ctx)
		if err != nil {
			return err
		}

		if s.json {
			for i := range all {
				if err := writeJSON(s.out, statusOf(&all[i])); err != nil {
					return err
				}
			}

			return nil
		}

		rows := newTable(&s.out,
			column{title: "PROJECTION", style: bold},
			column{title: "VERSION", right: true, style: faint},
			column{title: "STATE", style: cyan},
			column{title: "POSITION"},
			column{title: "BEHIND", right: true},
			column{title: "A SECOND", right: true},
			column{title: "LEFT", right: true},
			column{title: "NOTE"},
		)
		for i := range all {
			p := &all[i]
			behind, rate, left := strconv.FormatUint(p.Lag, 10), strconv.FormatFloat(p.Rate, 'f', 0, 64), leftText(p.Left)
			if standsStill(p) {
				behind, rate, left = "", "", ""
			}

			if err := rows.add(p.Name, strconv.Itoa(p.Version), string(p.State), p.Position.String(), behind, rate, left, noteOf(p)); err != nil {
				return err
			}
		}

		return rows.flush()
	})
}

// standsStill reports whether nobody looks how far the end of the log is.
func standsStill(p *projection.Status) bool {
	return p.State == projection.Paused || p.State == projection.Stopped
}

// leftText returns how long something will take, for people.
func leftText(d time.Duration) string {
	if d == 0 {
		return ""
	}

	return d.Round(time.Second).String()
}

// noteOf returns what there is to say of a projection beside its progress.
func noteOf(p *projection.Status) string {
	switch {
	case p.Failure != nil && !p.Failure.Position.IsZero():
		return fmt.Sprintf("at %s (%s, version %d, %s): %s", p.Failure.Position, p.Failure.Stream, p.Failure.Version, p.Failure.Type, p.Failure.Error)
	case p.Failure != nil:
		return p.Failure.Error
	case p.Rebuild != nil && p.Rebuild.Failure != nil:
		return "the rebuild stopped: " + p.Rebuild.Failure.Error
	case p.Rebuild != nil:
		return fmt.Sprintf("is built anew: %d behind, %s left", p.Rebuild.Lag, leftText(p.Rebuild.Left))
	case len(p.Streams) > 0 && p.Streams[0].Error != "":
		return fmt.Sprintf("stream %s cannot be built anew: %s", p.Streams[0].Stream, p.Streams[0].Error)
	case len(p.Streams) > 0:
		return counted(uint64(len(p.Streams)), "stream") + " to build anew"
	case len(p.Skipped) > 0:
		return counted(uint64(len(p.Skipped)), "event") + " skipped"
	default:
		return ""
	}
}

// The JSON of a projection.
type (
	shownStatus struct {
		Name    string           `json:"name"`
		Version int              `json:"version"`
		State   projection.State `json:"state"`
		shownProgress
		Rebuild *shownProgress   `json:"rebuild,omitempty"`
		Skipped []event.Position `json:"skipped,omitempty"`
		Streams []event.Stream   `json:"streams,omitempty"`
	}
	shownProgress struct {
		Generation int            `json:"generation"`
		Position   event.Position `json:"position"`
		Lag        *uint64        `json:"lag,omitempty"`
		Rate       *float64       `json:"rate,omitempty"`
		Left       string         `json:"left,omitempty"`
		Failure    *shownFailure  `json:"failure,omitempty"`
	}
	shownFailure struct {
		Error    string         `json:"error"`
		Position event.Position `json:"position"`
		Stream   event.Stream   `json:"stream,omitempty"`
		Version  event.Version  `json:"version,omitempty"`
		Type     string         `json:"type,omitempty"`
		Attempts int            `json:"attempts"`
		Since    time.Time      `json:"since"`
	}
)

func statusOf(p *projection.Status) shownStatus {
	out := shownStatus{Name: p.Name, Version: p.Version, State: p.State, shownProgress: progressOf(&p.Progress)}
	if standsStill(p) {
		out.Lag, out.Rate, out.Left = nil, nil, ""
	}

	if p.Rebuild != nil {
		rebuild := progressOf(p.Rebuild)
		out.Rebuild = &rebuild
	}

	for _, skipped := range p.Skipped {
		out.Skipped = append(out.Skipped, skipped.Position)
	}

	for _, stream := range p.Streams {
		out.Streams = append(out.Streams, stream.Stream)
	}

	return out
}

func progressOf(p *projection.Progress) shownProgress {
	out := shownProgress{Generation: p.Generation, Position: p.Position, Lag: &p.Lag, Rate: &p.Rate, Left: leftText(p.Left)}
	if f := p.Failure; f != nil {
		out.Failure = &shownFailure{f.Error, f.Position, f.Stream, f.Version, f.Type, f.Attempts, f.Since}
	}

	return out
}

// projectionArg names a projection.
type projectionArg struct {
	Name string `arg:"" help:"Projection." placeholder:"NAME"`
	viewsFlag
}

// tell asks something of the projection and says so.
func (a *projectionArg) tell(ctx context.Context, s *session, said string, ask func(*projection.Views) error) error {
	return s.withViews(ctx, a.viewsFlag, func(views *projection.Views) error {
		err := ask(views)
		if fault.Of(err) == fault.CodeNotFound {
			return a.unknown(ctx, views, err)
		}

		if err == nil && !s.json {
			fmt.Fprintf(s.out, "%s %s.\n", a.Name, said)
		}

		return err
	})
}

// unknown says which projection was probably meant.
func (a *projectionArg) unknown(ctx context.Context, views *projection.Views, err error) error {
	all, failed := views.Statuses(ctx)
	if failed != nil {
		return err
	}

	search := nearest.NewSearch(a.Name)
	for i := range all {
		search.Offer(all[i].Name)
	}

	if near, ok := search.Nearest(); ok {
		return fault.NotFound("there is no projection %s: did you mean %s?", a.Name, near)
	}

	return fault.NotFound("there is no projection %s: recount projections list shows all", a.Name)
}

type rebuildProjection struct {
	projectionArg

	Stream event.Stream `help:"Build only this stream anew." placeholder:"meeting:42"`
}

// Run asks for a rebuild.
func (c *rebuildProjection) Run(ctx context.Context, s *session) error {
	if c.Stream == "" {
		return c.tell(ctx, s, "will be built anew, beside the one that is live", func(v *projection.Views) error { return v.Rebuild(ctx, c.Name) })
	}

	if _, err := event.ParseStream(string(c.Stream)); err != nil {
		return err
	}

	return c.tell(ctx, s, "will have "+string(c.Stream)+" built anew", func(v *projection.Views) error { return v.RebuildStream(ctx, c.Name, c.Stream) })
}

type pauseProjection struct{ projectionArg }

// Run stops the projection.
func (c *pauseProjection) Run(ctx context.Context, s *session) error {
	return c.tell(ctx, s, "is paused", func(v *projection.Views) error { return v.Pause(ctx, c.Name) })
}

type resumeProjection struct{ projectionArg }

// Run lets the projection go on.
func (c *resumeProjection) Run(ctx context.Context, s *session) error {
	return c.tell(ctx, s, "goes on", func(v *projection.Views) error { return v.Resume(ctx, c.Name) })
}

type skipProjection struct {
	projectionArg

	Position string `arg:"" help:"Position of the event, as recount projections list shows it." placeholder:"POSITION"`
}

// Run skips the event.
func (c *skipProjection) Run(ctx context.Context, s *session) error {
	position, err := event.ParsePosition(c.Position)
	if err != nil {
		return err
	}

	return c.tell(ctx, s, "goes on after "+position.String(), func(v *projection.Views) error { return v.Skip(ctx, c.Name, position) })
}
