package main

// cli is the command line: the flags that all commands share, and the commands.
type cli struct {
	Store string `help:"Store to work on: pebble:FOLDER or memory:. Defaults to RECOUNT_STORE, which may stand in .env, else pebble:recount-data." placeholder:"URL" group:"Global flags:"`
	JSON  bool   `help:"Write one JSON object a line, errors too." group:"Global flags:"`

	Demo        demoCommand        `cmd:"" help:"Run a team meeting, to try it in a browser."`
	Serve       serveCommand       `cmd:"" help:"Run the server."`
	Append      appendCommand      `cmd:"" help:"Append an event to a stream."`
	Read        readCommand        `cmd:"" help:"Show the events of a stream."`
	Tail        tailCommand        `cmd:"" help:"Follow events as they come."`
	Streams     streamsCommand     `cmd:"" help:"List streams with their number of events."`
	Fork        forkCommand        `cmd:"" help:"Copy the history of a stream into a new one."`
	Export      exportCommand      `cmd:"" help:"Write events as CloudEvents, one a line."`
	Import      importCommand      `cmd:"" help:"Record events from CloudEvents, one a line."`
	Audit       auditCommand       `cmd:"" help:"Show who did what in a stream, and when."`
	SQL         sqlCommand         `cmd:"" name:"sql" help:"Ask the views of projections a question in SQL."`
	Projections projectionsCommand `cmd:"" help:"Show projections, rebuild, pause and resume them."`
	Verify      verifyCommand      `cmd:"" help:"Look for damage in the store."`
	Backup      backupCommand      `cmd:"" help:"Copy the store into a folder."`
	Restore     restoreCommand     `cmd:"" help:"Make a store from a backup."`
	Bench       benchCommand       `cmd:"" help:"Measure the store on this machine."`
	Config      configCommand      `cmd:"" help:"Check a configuration, or show an example."`
	Types       typesCommand       `cmd:"" help:"Write the types of events and signals for TypeScript."`
	Token       tokenCommand       `cmd:"" help:"Make a token for development and scripts."`
	Version     versionCommand     `cmd:"" help:"Show the version of this program."`
	Completion  completionCommand  `cmd:"" help:"Write a script that completes commands in your shell."`
}

// Help returns what the help says before it lists the commands.
func (*cli) Help() string {
	return `Begin with:

  recount append meeting:42 card_added --data '{"title":"Coffee"}'
  recount read meeting:42

One process at a time can open a store in a folder.`
}
