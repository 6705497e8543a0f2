package config

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
)

// DefaultFile is the name of a configuration, in the working directory, unless
// somebody names another.
const DefaultFile = "recount.yaml"

// Config is what a configuration says. What it does not say is left at its zero
// value.
type Config struct {
	// Listen is the address to listen on: HOST:PORT, or :PORT for all networks.
	Listen string
	// Store is the URL of the store. A folder in it is relative to the working
	// directory.
	Store string
	// Views is the URL of the database of projections. A file in it is relative
	// to the working directory.
	Views string
	// TLS says with what certificate to serve.
	TLS TLS
	// Auth says who is admitted: Anonymous and JWT. All else is left out.
	Auth auth.Options
	// Origins are the other hosts whose pages may come here, such as
	// https://app.example.com.
	Origins []string
	// Limits bound what a client may ask for.
	Limits Limits
	// Categories are those that are declared, with their guards and schemas.
	Categories map[string]category.Declaration
	// Queries are the named queries.
	Queries map[string]Query

	unasked error // why no views were asked about the queries, nil if there is no reason
}

// TLS names the files of a certificate. Both are empty if there is none, and
// relative to the working directory.
type TLS struct {
	// Cert is the file of the certificate and those that vouch for it, in PEM.
	Cert string
	// Key is the file of the private key, in PEM.
	Key string
}

// Load reads the configuration in a file; getenv is os.Getenv or the like. With
// an empty path there is no file, only the environment. It fails with
// fault.CodeNotFound if there is no such file, and with a [Problems] that has all
// that is wrong.
func Load(path string, getenv func(string) string) (*Config, error) {
	l := newLoader(path, getenv)
	if err := l.readAll(); err != nil {
		return nil, err
	}

	l.apply()

	return l.finish()
}

// LoadCategories is Load for who wants to know the categories, and is not the
// server: a variable that a setting names, such as env:JWT_SECRET, need not be
// set.
func LoadCategories(path string, getenv func(string) string) (map[string]category.Declaration, error) {
	l := newLoader(path, getenv)
	l.withoutVariables = true

	if err := l.readAll(); err != nil {
		return nil, err
	}

	l.apply()

	c, err := l.finish()
	if err != nil {
		return nil, err
	}

	return c.Categories, nil
}

// Check is Load, and asks views whether they understand the queries. They are what
// open returns: views with the tables that the server will have. Check closes
// them. If open fails nobody is asked, and Notes says why.
func Check(ctx context.Context, path string, getenv func(string) string, open func(context.Context, *Config) (*projection.Views, error)) (*Config, error) {
	l := newLoader(path, getenv)
	if err := l.readAll(); err != nil {
		return nil, err
	}

	l.apply()

	if err := l.askViews(ctx, open); err != nil {
		return nil, err
	}

	return l.finish()
}

// Parse reads a configuration that a program brings itself, without regard to the
// environment; name stands for it in messages. It fails as Load does.
func Parse(name string, data []byte) (*Config, error) {
	l := newLoader(name, func(string) string { return "" })
	l.read(data)
	l.apply()

	return l.finish()
}

// apply makes of what was read a configuration, or problems.
func (l *loader) apply() {
	l.applyFile()
	l.applyEnvironment()
	l.check()
}

// finish returns the configuration, or the problems.
func (l *loader) finish() (*Config, error) {
	if len(l.problems) > 0 {
		return nil, l.told()
	}

	return l.config, nil
}

// loader reads one configuration.
type loader struct {
	file     string
	dir      string // what paths in the file are relative to
	getenv   func(string) string
	dotEnv   map[string]string
	settings []*setting

	source   source
	root     *node
	config   *Config
	jwt      auth.JWT         // of the config, if there is one
	places   map[string]place // of settings, by path
	declared map[string]*declared
	asked    []asked
	secrets  []string // what must not be shown
	problems Problems

	withoutVariables bool     // a variable that a setting names need not be set
	unset            []string // the settings whose variable is not
}

func newLoader(path string, getenv func(string) string) *loader {
	l := &loader{
		file:     path,
		dir:      filepath.Dir(path),
		getenv:   getenv,
		config:   &Config{},
		places:   map[string]place{},
		declared: map[string]*declared{},
	}
	l.settings = settingsOf(l.config, &l.jwt)

	return l
}

// readAll reads the file, unless there is none to read, and .env.
func (l *loader) readAll() error {
	if l.file != "" {
		data, err := readFile(l.file, maxFile)
		if errors.Is(err, fs.ErrNotExist) {
			return fault.NotFound("there is no %s: recount config example > %s writes one to begin with", l.file, l.file)
		}

		if err != nil {
			return fault.Invalid("%s cannot be read: %w", l.file, err)
		}

		l.read(data)
	}

	l.readDotEnv()

	return nil
}

// read reads the text of the file.
func (l *loader) read(data []byte) {
	l.source = l.newSource(data)
	if len(l.problems) == 0 {
		l.root = l.parse()
	}
}
