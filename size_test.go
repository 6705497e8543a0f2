package recount_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// Nothing in the house is longer than a person reads in one go.
const (
	maxFileLines = 500
	maxFuncLines = 80
)

func TestSizes(t *testing.T) {
	t.Parallel()

	tooLong, err := checkSizes(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}

	for _, problem := range tooLong {
		t.Error(problem)
	}
}

// TestSizeCheckFails shows that the check sees what it is there to see.
func TestSizeCheckFails(t *testing.T) {
	t.Parallel()

	lines := func(n int) string { return strings.Repeat("\n", n) }
	tree := fstest.MapFS{
		"fits.go":        {Data: []byte("package p\n\nfunc fits() {" + lines(maxFuncLines-1) + "}" + lines(maxFileLines-maxFuncLines-1))},
		"long.go":        {Data: []byte("package p\n" + lines(maxFileLines))},
		"longFunc.go":    {Data: []byte("package p\n\ntype t struct{}\n\nfunc (t) long() {" + lines(maxFuncLines) + "}\n")},
		"long_test.go":   {Data: []byte("package p\n" + lines(maxFileLines))},
		"testdata/l.go":  {Data: []byte("package p\n" + lines(maxFileLines))},
		"store/short.go": {Data: []byte("package p\n")},
	}

	got, err := checkSizes(tree)
	if err != nil {
		t.Fatal(err)
	}

	want := []string{
		"long.go has 501 lines, the limit is 500: move a noun into a file of its own",
		"longFunc.go:5: long has 81 lines, the limit is 80: name its steps",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// checkSizes returns a sentence for every file and function in tree that is
// too long.
func checkSizes(tree fs.FS) ([]string, error) {
	files, err := sources(tree)
	if err != nil {
		return nil, err
	}

	var tooLong []string
	for _, file := range files {
		text, err := fs.ReadFile(tree, file)
		if err != nil {
			return nil, err
		}

		if lines := bytes.Count(text, []byte("\n")); lines > maxFileLines {
			tooLong = append(tooLong, fmt.Sprintf("%s has %d lines, the limit is %d: move a noun into a file of its own", file, lines, maxFileLines))
		}

		set := token.NewFileSet()

		parsed, err := parser.ParseFile(set, file, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}

		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}

			first, last := set.Position(f.Pos()), set.Position(f.End())
			if lines := last.Line - first.Line + 1; lines > maxFuncLines {
				tooLong = append(tooLong, fmt.Sprintf("%s:%d: %s has %d lines, the limit is %d: name its steps", file, first.Line, f.Name.Name, lines, maxFuncLines))
			}
		}
	}

	return tooLong, nil
}
