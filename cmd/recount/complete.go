package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// completeCommand is the hidden command that the scripts of the shells call,
// with the words of the command line up to the cursor.
const completeCommand = "__complete"

// candidate is a word that may stand at the cursor.
type candidate struct{ word, help string }

// complete writes the words that may stand at the place of the last word, which
// may be empty: one a line, with a tab and what it means.
func complete(out io.Writer, root *kong.Node, words []string) error {
	if len(words) == 0 {
		words = []string{""}
	}

	last := words[len(words)-1]
	buffered := bufio.NewWriter(out)
	for _, c := range candidates(root, words[:len(words)-1], last) {
		if strings.HasPrefix(c.word, last) {
			fmt.Fprintf(buffered, "%s\t%s\n", c.word, c.help)
		}
	}

	return buffered.Flush()
}

// candidates returns what may come after words; last is what of it is there.
func candidates(root *kong.Node, words []string, last string) []candidate {
	at := walk(root, words)
	name, _, valued := strings.Cut(last, "=")
	switch {
	case at.flag != nil:
		return values(at.flag.Value, "")
	case valued && strings.HasPrefix(name, "--"):
		if flag := findFlag(at.node, name); flag != nil {
			return values(flag.Value, name+"=")
		}

		return nil
	case strings.HasPrefix(last, "-"):
		return flags(at.node)
	case at.positional < len(at.node.Positional):
		return values(at.node.Positional[at.positional], "")
	default:
		return commands(at.node)
	}
}

// place is where the cursor stands.
type place struct {
	node       *kong.Node
	positional int        // how many arguments of the node are there
	flag       *kong.Flag // whose value comes next, or nil
}

// walk follows the words from the root.
func walk(root *kong.Node, words []string) place {
	at := place{node: root}
	for _, word := range words {
		switch {
		case at.flag != nil:
			at.flag = nil
		case strings.HasPrefix(word, "-") && len(word) > 1:
			if flag := findFlag(at.node, word); flag != nil && !flag.IsBool() {
				at.flag = flag
			}
		case at.positional < len(at.node.Positional):
			at.positional++
		default:
			if child := findCommand(at.node, word); child != nil {
				at = place{node: child}
			}
		}
	}

	return at
}

func findCommand(node *kong.Node, name string) *kong.Node {
	for _, child := range node.Children {
		if child.Name == name {
			return child
		}
	}

	return nil
}

// findFlag returns the flag that a word such as --limit stands for.
func findFlag(node *kong.Node, word string) *kong.Flag {
	for _, group := range node.AllFlags(false) {
		for _, flag := range group {
			if "--"+flag.Name == word || flag.Short != 0 && "-"+string(flag.Short) == word {
				return flag
			}
		}
	}

	return nil
}

func commands(node *kong.Node) []candidate {
	var out []candidate
	for _, child := range node.Children {
		if !child.Hidden {
			out = append(out, candidate{child.Name, child.Help})
		}
	}

	return out
}

func flags(node *kong.Node) []candidate {
	var out []candidate
	for _, group := range node.AllFlags(true) {
		for _, flag := range group {
			out = append(out, candidate{"--" + flag.Name, flag.Help})
			if flag.IsBool() && flag.Tag.Negatable != "" {
				out = append(out, candidate{"--no-" + flag.Name, flag.Help})
			}
		}
	}

	return out
}

// values returns the values that a flag or an argument may have, if they are
// few.
func values(of *kong.Value, before string) []candidate {
	if of.Enum == "" {
		return nil
	}

	var out []candidate
	for _, value := range of.EnumSlice() {
		out = append(out, candidate{before + value, of.Help})
	}

	return out
}
