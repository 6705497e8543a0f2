package recount_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// module is the import path of the root package.
const module = "github.com/recountdev/recount"

// floors states which folders of the house a folder may import, ground first.
// A folder speaks for the packages below it, unless they have a line of their
// own, and may always import the ground. The table is a statement of policy:
// change it only with a decision record in docs/adr.
var floors = map[string][]string{
	"event":           {"internal"},
	"fault":           nil,
	"internal":        nil,
	"store":           nil,
	"store/storetest": {"store"},
	"store/memory":    {"store"},
	"store/pebble":    {"store"},
	"wire":            nil,
	"auth":            nil,
	"category":        {"auth"},
	"aggregate":       {"store", "category"},
	"aggregatetest":   {"aggregate", "store", "store/memory"},
	"topic":           {"store", "wire"},
	"projection":      {"store", "category"},
	"fanout":          {"store", "topic"},
	"client":          {"wire"},
	"server":          {"aggregate", "auth", "category", "projection", "store", "topic", "wire"},
	"backends":        {"store", "store/memory", "store/pebble"},
	".":               {"aggregate", "auth", "category", "fanout", "projection", "server", "store", "topic"},
	"recounttest":     {".", "store", "store/memory"},
	"cmd/recount":     {".", "aggregate", "auth", "backends", "category", "client", "projection", "server", "store", "wire"},
}

// ground is what every floor stands on. It imports the standard library only.
var ground = []string{"event", "fault", "internal"}

// outside are the folders of the root that stand beside the house.
var outside = []string{"bench", "docs", "e2e", "examples", "tools"}

func TestImportsGoDown(t *testing.T) {
	t.Parallel()

	broken, err := checkImports(os.DirFS("."), floors)
	if err != nil {
		t.Fatal(err)
	}

	for _, problem := range broken {
		t.Error(problem)
	}
}

// TestImportCheckFails shows that the check sees what it is there to see.
func TestImportCheckFails(t *testing.T) {
	t.Parallel()

	table := map[string][]string{"event": nil, "fault": nil, "internal": nil, "store": nil, "store/pebble": {"store"}, ".": {"store"}}
	house := map[string]string{
		"event/event.go":          "fmt",
		"fault/fault.go":          "errors",
		"internal/ring/ring.go":   module + "/internal/clock",
		"internal/clock/clock.go": "time",
		"store/log.go":            module + "/event",
		"store/pebble/log.go":     module + "/store",
		"store/pebble/key/key.go": module + "/internal/ring",
		"recount.go":              module + "/store",
	}

	for name, c := range map[string]struct{ file, imports, want string }{
		"allowed":            {"store/pebble/open.go", "github.com/cockroachdb/pebble/v2", ""},
		"same floor":         {"store/pebble/read.go", module + "/store/pebble/key", ""},
		"lookalike":          {"store/more.go", module + "er/thing", ""},
		"test":               {"event/event_test.go", module + "/store", ""},
		"outside":            {"examples/meeting/main.go", module + "/store/pebble", ""},
		"testdata":           {"event/testdata/x.go", module + "/store", ""},
		"upward":             {"store/up.go", module + "/store/pebble", `store/up.go: "store" may not import "store/pebble"`},
		"upward from below":  {"store/pebble/key/up.go", module, `store/pebble/key/up.go: "store/pebble" may not import "."`},
		"ground on ground":   {"event/up.go", module + "/fault", `event/up.go: "event" may not import "fault"`},
		"cellar on ground":   {"internal/ring/up.go", module + "/event", `internal/ring/up.go: "internal" may not import "event"`},
		"ground on module":   {"fault/up.go", "golang.org/x/text/width", `fault/up.go: "fault" may import the standard library only, not "golang.org/x/text/width"`},
		"folder of no floor": {"cmd/recount/main.go", "fmt", `cmd/recount/main.go: "cmd/recount" has no floor: give it a line in floors, with a decision record`},
		"bench of a floor":   {"store/bench/b.go", module + "/store/pebble", `store/bench/b.go: "store" may not import "store/pebble"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tree := fstest.MapFS{c.file: source(c.imports)}
			for file, imports := range house {
				tree[file] = source(imports)
			}

			broken, err := checkImports(tree, table)
			if err != nil {
				t.Fatal(err)
			}

			if got := strings.Join(broken, "\n"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestImportCheckFindsStaleFloors shows that a line for a folder that is gone
// does not stay in the table.
func TestImportCheckFindsStaleFloors(t *testing.T) {
	t.Parallel()

	tree := fstest.MapFS{"wire/frame.go": source("fmt"), "gone/gone_test.go": source("fmt")}

	broken, err := checkImports(tree, map[string][]string{"wire": {"cloud"}, "gone": nil})
	if err != nil {
		t.Fatal(err)
	}

	want := []string{
		`floors: "gone" has no Go files: take its line out`,
		`floors: "wire" may import "cloud", which has no line: take it out`,
	}
	if !slices.Equal(broken, want) {
		t.Errorf("got %q, want %q", broken, want)
	}
}

// source is a Go file with one import.
func source(imported string) *fstest.MapFile {
	return &fstest.MapFile{Data: fmt.Appendf(nil, "package p\n\nimport _ %q\n", imported)}
}

// checkImports returns a sentence for every import in tree that the table does
// not allow, and for every line of the table that speaks of nothing.
func checkImports(tree fs.FS, table map[string][]string) ([]string, error) {
	files, err := sources(tree)
	if err != nil {
		return nil, err
	}

	var broken []string

	lived := make(map[string]bool)
	for _, file := range files {
		from := floor(table, path.Dir(file))
		lived[from] = true

		if _, ok := table[from]; !ok {
			broken = append(broken, fmt.Sprintf("%s: %q has no floor: give it a line in floors, with a decision record", file, from))
		}

		imports, err := importsOf(tree, file)
		if err != nil {
			return nil, err
		}

		for _, imported := range imports {
			if problem := checkImport(table, from, imported); problem != "" {
				broken = append(broken, file+": "+problem)
			}
		}
	}

	return append(broken, staleFloors(table, lived)...), nil
}

// checkImport says what is wrong with an import by a floor, if anything is.
func checkImport(table map[string][]string, from, imported string) string {
	base := slices.Contains(ground, from)

	below, ours := strings.CutPrefix(imported+"/", module+"/")
	if !ours {
		if domain, _, _ := strings.Cut(imported, "/"); base && strings.Contains(domain, ".") {
			return fmt.Sprintf("%q may import the standard library only, not %q", from, imported)
		}

		return ""
	}

	to := floor(table, path.Clean(below))
	if to == from || slices.Contains(table[from], to) || !base && slices.Contains(ground, to) {
		return ""
	}

	return fmt.Sprintf("%q may not import %q", from, to)
}

func staleFloors(table map[string][]string, lived map[string]bool) []string {
	var stale []string
	for _, folder := range slices.Sorted(maps.Keys(table)) {
		if !lived[folder] {
			stale = append(stale, fmt.Sprintf("floors: %q has no Go files: take its line out", folder))
		}

		for _, allowed := range table[folder] {
			if _, ok := table[allowed]; !ok {
				stale = append(stale, fmt.Sprintf("floors: %q may import %q, which has no line: take it out", folder, allowed))
			}
		}
	}

	return stale
}

// floor returns the longest prefix of a folder that has a line, or the folder.
func floor(table map[string][]string, folder string) string {
	for at := folder; at != "."; at = path.Dir(at) {
		if _, ok := table[at]; ok {
			return at
		}
	}

	return folder
}

// importsOf returns the import paths of a Go file.
func importsOf(tree fs.FS, file string) ([]string, error) {
	text, err := fs.ReadFile(tree, file)
	if err != nil {
		return nil, err
	}

	parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}

	var imports []string
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}

		imports = append(imports, imported)
	}

	return imports, nil
}

// sources returns the Go files of the house, without those of tests.
func sources(tree fs.FS) ([]string, error) {
	var files []string

	err := fs.WalkDir(tree, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && leftOut(file):
			return fs.SkipDir
		case !d.IsDir() && strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go"):
			files = append(files, file)
		}

		return nil
	})

	return files, err
}

// leftOut reports whether a folder is one that Go ignores, or stands outside.
func leftOut(folder string) bool {
	name := path.Base(folder)

	return folder != "." &&
		(name[0] == '.' || name[0] == '_' || name == "node_modules" || name == "testdata" || slices.Contains(outside, folder))
}
