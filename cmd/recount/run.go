package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// environment is what the program gets from outside.
type environment struct {
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
	open           opener
}

// opener opens the store that a URL names.
type opener func(ctx context.Context, url string, o backends.Options) (store.Backend, error)

// errHelpShown ends the parsing of a command line that asked for help.
var errHelpShown = errors.New("help was shown")

// run runs the program and returns its exit code.
func run(ctx context.Context, args []string, env environment) int {
	return newSession(env).run(ctx, args)
}

// run runs the command that args name and returns the exit code.
func (s *session) run(ctx context.Context, args []string) int {
	s.json = slices.Contains(args, "--json") // for mistakes in the command line itself

	var c cli
	parser, err := newParser(&c, s)
	if err != nil {
		return s.report(ctx, err)
	}

	if len(args) == 0 {
		args = []string{"--help"}
	}

	if args[0] == completeCommand {
		return s.report(ctx, complete(s.out, parser.Model.Node, args[1:]))
	}

	if err := checkUTF8(args); err != nil {
		return s.report(ctx, err)
	}

	command, err := parser.Parse(args)
	if errors.Is(err, errHelpShown) {
		return exitOK
	}

	if err != nil {
		return s.report(ctx, asUsage(err))
	}

	s.json, s.storeFlag = c.JSON, c.Store
	command.BindTo(ctx, (*context.Context)(nil))

	return s.report(ctx, command.Run(s, s.benchEnv()))
}

// checkUTF8 refuses arguments that the parser would change: it replaces bytes
// that are not UTF-8.
func checkUTF8(args []string) error {
	for _, arg := range args {
		if !utf8.ValidString(arg) {
			return fault.Invalid("%q is not UTF-8, as an argument has to be: encode it as UTF-8, or give data by --data @FILE or --data -", arg)
		}
	}

	return nil
}

// newParser returns the parser of the command line.
func newParser(c *cli, s *session) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("recount"),
		kong.Description("Appends events to streams, keeps them, and shows them to everybody who follows."),
		kong.Writers(s.out, s.err),
		kong.Exit(func(int) {}), // run returns the code instead
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Help(func(o kong.HelpOptions, ctx *kong.Context) error {
			return errors.Join(kong.DefaultHelpPrinter(o, ctx), errHelpShown)
		}),
	)
}
