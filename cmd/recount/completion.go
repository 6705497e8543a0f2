package main

import (
	"embed"
	"fmt"
)

// completionCommand writes a script for a shell.
type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

//go:embed completions
var completions embed.FS

// Help returns what the command's help says at length.
func (*completionCommand) Help() string {
	return `Examples:
  source <(recount completion bash)     # in ~/.bashrc
  source <(recount completion zsh)      # in ~/.zshrc, below compinit
  recount completion fish | source      # in ~/.config/fish/config.fish`
}

// Run writes the script.
func (c *completionCommand) Run(s *session) error {
	script, err := completions.ReadFile("completions/recount." + c.Shell)
	if err != nil {
		return fmt.Errorf("completion for %s: %w", c.Shell, err)
	}

	_, err = s.out.Write(script)

	return err
}
