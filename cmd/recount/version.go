package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// versionCommand shows the version of the program.
type versionCommand struct{}

// versions says what the program was built from, as JSON.
type versions struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// Help returns what the command's help says at length.
func (*versionCommand) Help() string {
	return `Examples:
  recount version
  recount version --json`
}

// Run shows the version.
func (*versionCommand) Run(s *session) error {
	v := versions{Version: "unknown", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		v.describe(info)
	}

	if s.json {
		return writeJSON(s.out, v)
	}

	commit := ""
	if v.Commit != "" {
		commit = ", commit " + v.Commit
	}

	_, err := fmt.Fprintf(s.out, "recount %s (%s, %s/%s%s)\n", v.Version, v.Go, v.OS, v.Arch, commit)

	return err
}

// describe takes over what the build left.
func (v *versions) describe(info *debug.BuildInfo) {
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}

	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			v.Commit = setting.Value[:min(12, len(setting.Value))]
		}
	}
}
