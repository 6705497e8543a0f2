// Package pgtest gives tests a PostgreSQL of their own, which nobody else sees
// and which ends with them.
package pgtest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// schemas is how many tests can have a schema of their own.
const schemas = 1000

// Cluster is a running PostgreSQL, on a socket in a folder of its own. Nothing
// in it is meant to last. Its methods are safe for concurrent use.
type Cluster struct {
	folder string
	bin    string
	as     *syscall.SysProcAttr
	taken  atomic.Int64

	// keeper ends the server when its input does: with Stop, or when this
	// program dies.
	keeper *exec.Cmd
	input  io.Closer
}

// Start makes a PostgreSQL and waits until it answers. It fails if none is
// installed. The caller stops it, and may have several programs use it.
func Start() (*Cluster, error) {
	bin, err := find()
	if err != nil {
		return nil, err
	}

	folder, err := os.MkdirTemp("", "recount-pg")
	if err != nil {
		return nil, err
	}

	c := &Cluster{folder: folder, bin: bin}

	if err := c.start(); err != nil {
		return nil, errors.Join(err, c.Stop())
	}

	return c, nil
}

// URL returns the URL of a schema that nobody has used yet.
func (c *Cluster) URL() (string, error) {
	n := c.taken.Add(1)
	if n > schemas {
		return "", fmt.Errorf("all %d schemas are taken: raise pgtest's limit", schemas)
	}

	return fmt.Sprintf("postgres://postgres@/postgres?host=%s&port=5432&search_path=s%d", c.folder, n), nil
}

// Stop ends it and removes its folder.
func (c *Cluster) Stop() error {
	if c.keeper == nil {
		return os.RemoveAll(c.folder)
	}

	return errors.Join(c.input.Close(), c.keeper.Wait(), os.RemoveAll(c.folder))
}

// keep starts the keeper.
func (c *Cluster) keep(data string) error {
	keeper := exec.Command("sh", "-c", `read -r _; "$0" stop --pgdata="$1" --mode=immediate --silent --wait; rm -rf "$2"`,
		filepath.Join(c.bin, "pg_ctl"), data, c.folder)
	keeper.Dir, keeper.SysProcAttr = "/", &syscall.SysProcAttr{Setpgid: true} // an interrupt of the tests is not for it
	if c.as != nil {
		keeper.SysProcAttr.Credential = c.as.Credential
	}

	input, err := keeper.StdinPipe()
	if err != nil {
		return err
	}

	if err := keeper.Start(); err != nil {
		return errors.Join(err, input.Close())
	}

	c.keeper, c.input = keeper, input

	return nil
}

func (c *Cluster) start() error {
	if err := c.own(); err != nil {
		return err
	}

	data := filepath.Join(c.folder, "data")
	options := "-c listen_addresses='' -c unix_socket_directories='" + c.folder + "'" +
		" -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=200 -c max_locks_per_transaction=256"

	if err := c.keep(data); err != nil {
		return err
	}

	for _, args := range [][]string{
		{"initdb", "--pgdata=" + data, "--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"},
		{"pg_ctl", "start", "--pgdata=" + data, "--silent", "--wait", "--log=" + filepath.Join(c.folder, "log"), "--options=" + options},
		{
			"psql", "--host=" + c.folder, "--username=postgres", "--no-psqlrc", "--quiet", "--dbname=postgres",
			"--command=do $$ begin for i in 1.." + strconv.Itoa(schemas) + " loop execute 'create schema s' || i; end loop; end $$",
		},
	} {
		if err := c.run(args[0], args[1:]...); err != nil {
			return err
		}
	}

	return nil
}

// own gives the folder to a user that may run PostgreSQL, which root may not.
func (c *Cluster) own() error {
	if os.Geteuid() != 0 {
		return nil
	}

	u, err := user.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("root cannot run PostgreSQL, and there is no user for it: %w", err)
	}

	uid, uidErr := strconv.Atoi(u.Uid)
	gid, gidErr := strconv.Atoi(u.Gid)
	c.as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}

	return errors.Join(uidErr, gidErr, os.Chown(c.folder, uid, gid))
}

func (c *Cluster) run(program string, args ...string) error {
	out, err := os.CreateTemp("", "recount-pg-out") // not a pipe, which the server would keep open
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()

	cmd := exec.Command(filepath.Join(c.bin, program), args...)
	cmd.Dir, cmd.SysProcAttr, cmd.Stdout, cmd.Stderr = c.folder, c.as, out, out
	cmd.Env = append(os.Environ(), "LC_ALL=C")

	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		log, _ := os.ReadFile(filepath.Join(c.folder, "log"))

		return fmt.Errorf("%s: %w: %s%s", program, err, said, log)
	}

	return nil
}

// find returns the folder of the newest PostgreSQL that is installed.
func find() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // where Debian has it, not on the PATH
	if err != nil {
		return "", err
	}

	version := func(file string) int {
		n, _ := strconv.Atoi(strings.Split(file, "/")[4])

		return n
	}

	if len(found) > 0 {
		return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
	}

	file, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("there is no PostgreSQL for the tests: run scripts/prepare, or install it and put initdb on the PATH")
	}

	if file, err = filepath.EvalSymlinks(file); err != nil {
		return "", err
	}

	return filepath.Dir(file), nil
}
