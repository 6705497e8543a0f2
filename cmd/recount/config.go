package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/recountdev/recount/cmd/recount/config"
	"github.com/recountdev/recount/fault"
)

// configCommand groups what there is to do with a configuration.
type configCommand struct {
	Check   configCheckCommand   `cmd:"" help:"Explain every mistake in a configuration."`
	Example configExampleCommand `cmd:"" help:"Show a configuration that documents every key."`
}

// configCheckCommand looks for mistakes in a configuration.
type configCheckCommand struct {
	File   string `arg:"" optional:"" help:"Configuration. Defaults to recount.yaml."`
	Config string `help:"The same, as serve and types name it." placeholder:"FILE"`
}

// configExampleCommand shows a configuration.
type configExampleCommand struct{}

// Help returns what the command's help says at length.
func (*configCheckCommand) Help() string {
	return `Reads the file as the server does, with the environment and .env: loads its
schemas, keys and certificates, compiles its guards, and lets SQLite look at its
queries; PostgreSQL is not asked. Prints every mistake with its line, and ends
with exit code 1 if there is one.

Examples:
  recount config check
  recount config check /etc/recount/recount.yaml --json
  recount config check --config /etc/recount/recount.yaml`
}

// Help returns what the command's help says at length.
func (*configExampleCommand) Help() string {
	return `Examples:
  recount config example > recount.yaml`
}

// Run shows the configuration.
func (*configExampleCommand) Run(s *session) error {
	_, err := s.out.Write(config.Example())

	return err
}

// checkedConfig says what a configuration without mistakes declares, as JSON.
type checkedConfig struct {
	File       string   `json:"file"`
	OK         bool     `json:"ok"`
	Categories int      `json:"categories"`
	EventTypes int      `json:"event_types"`
	Schemas    int      `json:"schemas"`
	Signals    int      `json:"signals"`
	Guards     int      `json:"guards"`
	Notes      []string `json:"notes,omitempty"`
}

// Run looks for mistakes.
func (c *configCheckCommand) Run(ctx context.Context, s *session) error {
	if c.File != "" && c.Config != "" && filepath.Clean(c.File) != filepath.Clean(c.Config) {
		return fault.Invalid("%s and --config %s are two configurations: name one of them", c.File, c.Config)
	}

	file := cmp.Or(c.File, c.Config, config.DefaultFile)

	loaded, err := config.Check(ctx, file, s.getenv, s.viewsToAsk)
	if err != nil {
		return s.explained(err, file, s.out)
	}

	return s.printChecked(file, loaded)
}

// loadConfig reads a configuration, and shows the mistakes in it, if there are
// any.
func (s *session) loadConfig(file string, to screen) (*config.Config, error) {
	loaded, err := config.Load(file, s.getenv)

	return loaded, s.explained(err, file, to)
}

// explained shows the mistakes in a configuration, if that is what err is, and
// returns how the command ends.
func (s *session) explained(err error, file string, to screen) error {
	problems, ok := errors.AsType[config.Problems](err)
	if !ok {
		return err
	}

	if err := s.printProblems(to, problems); err != nil {
		return err
	}

	s.complain(fault.Invalid("%s has %s", file, counted(uint64(len(problems)), "mistake")), 0)

	return errReported
}

// printChecked says what a configuration declares.
func (s *session) printChecked(file string, c *config.Config) error {
	found := checkedConfig{File: file, OK: true, Categories: len(c.Categories), Notes: c.Notes()}
	for name := range c.Categories {
		found.add(c, name)
	}

	if s.json {
		return writeJSON(s.out, found)
	}

	out := bufio.NewWriter(s.out)
	fmt.Fprintf(out, "%s: ok: %s, %s, %s, %s, %s\n", file,
		countedAs(found.Categories, "category", "categories"), countedAs(found.EventTypes, "event type", "event types"),
		countedAs(found.Schemas, "schema", "schemas"), countedAs(found.Signals, "signal", "signals"), countedAs(found.Guards, "guard", "guards"))
	for _, note := range found.Notes {
		fmt.Fprintf(out, "note: %s\n", oneLine(note))
	}

	return out.Flush()
}

// add counts what a category declares.
func (found *checkedConfig) add(c *config.Config, name string) {
	declared := c.Categories[name]
	found.EventTypes += len(declared.Events)
	found.Signals += len(declared.Signals)
	for _, typ := range declared.Events {
		if typ.Schema != nil {
			found.Schemas++
		}
	}

	g := declared.Guards
	for _, set := range []bool{g.Join != nil, g.Append != nil, g.Signal != nil, g.Read != nil, g.Watch != nil} {
		if set {
			found.Guards++
		}
	}
}

// countedAs returns a number with its noun.
func countedAs(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}

	return grouped(uint64(n)) + " " + many
}

// printProblems shows the mistakes in a configuration: for people with the line
// and a sign below the place, for programs as one object a line.
func (s *session) printProblems(to screen, problems config.Problems) error {
	out := bufio.NewWriter(to)
	for i := range problems {
		if s.json {
			if err := writeJSON(out, problems[i]); err != nil {
				return err
			}

			continue
		}

		if i > 0 {
			fmt.Fprintln(out)
		}

		printProblem(out, to, &problems[i])
	}

	return out.Flush()
}

const (
	// excerpt is how many characters of a long line are shown at most.
	excerpt = 100
	// excerptBefore is how many of them stand before the place.
	excerptBefore = 60
)

// printProblem shows one mistake for people.
func printProblem(out *bufio.Writer, to screen, p *config.Problem) {
	fmt.Fprintf(out, "%s: %s\n", to.styled(bold, oneLine(p.Place())), oneLine(p.Message))
	if p.Text == "" || p.Line == 0 {
		return
	}

	line := []rune(oneLine(p.Text))
	at := min(max(p.Column-1, 0), len(line))

	begin, more := 0, ""
	if len(line) > excerpt && at > excerptBefore {
		begin, more = at-excerptBefore, "…"
	}

	end, rest := len(line), ""
	if end-begin > excerpt {
		end, rest = begin+excerpt, "…"
	}

	number := fmt.Sprintf("%5d | ", p.Line)
	before := more + string(line[begin:at])
	fmt.Fprintf(out, "%s%s%s%s\n", to.styled(faint, number), before, string(line[at:end]), rest)
	fmt.Fprintf(out, "%s%s%s\n", to.styled(faint, strings.Repeat(" ", len(number)-2)+"| "), strings.Repeat(" ", columnsOf(before)), to.styled(red, "^"))
}
