package main

import (
	"bufio"
	"strings"
)

const (
	// tableAhead is how many rows a table waits for before it decides how wide
	// its columns are.
	tableAhead = 100
	// tableGap lies between two columns.
	tableGap = "  "
	// leastCut is the fewest columns to which the last cell of a row is cut.
	leastCut = 20
)

// column is a column of a table.
type column struct {
	title string
	right bool // aligned to the right
	style style
}

// table writes rows. On a terminal columns are aligned and the last is cut at
// the edge. So that rows can be shown as they come, columns only ever grow, and
// one that has been empty so far is left out; when it is needed, the titles are
// written again. Elsewhere cells are separated by tabs, without titles.
type table struct {
	screen  *screen
	out     *bufio.Writer
	columns []column
	widths  []int // 0 of a column that is left out
	waiting [][]string
	titled  bool
}

func newTable(to *screen, columns ...column) *table {
	return &table{screen: to, out: bufio.NewWriterSize(to, 64<<10), columns: columns, widths: make([]int, len(columns))}
}

// add adds a row, which has a cell for every column.
func (t *table) add(cells ...string) error {
	for i := range cells {
		cells[i] = oneLine(cells[i])
	}

	if !t.screen.isTerminal() {
		_, err := t.out.WriteString(strings.Join(cells, "\t") + "\n")

		return err
	}

	t.waiting = append(t.waiting, cells)
	if len(t.waiting) < tableAhead {
		return nil
	}

	return t.layOut()
}

// flush shows all rows that were added.
func (t *table) flush() error {
	if err := t.layOut(); err != nil {
		return err
	}

	return t.out.Flush()
}

// layOut writes the rows that wait, below the titles.
func (t *table) layOut() error {
	for i := range t.columns {
		widest := 0
		for _, row := range t.waiting {
			widest = max(widest, columnsOf(row[i]))
		}

		if widest > 0 && t.widths[i] == 0 {
			t.titled = false
			t.widths[i] = columnsOf(t.columns[i].title)
		}

		t.widths[i] = max(t.widths[i], widest)
	}

	if len(t.waiting) > 0 && !t.titled {
		t.titled = true
		titles := make([]string, len(t.columns))
		for i, c := range t.columns {
			titles[i] = c.title
		}

		if err := t.write(titles, true); err != nil {
			return err
		}
	}

	for _, row := range t.waiting {
		if err := t.write(row, false); err != nil {
			return err
		}
	}

	t.waiting = t.waiting[:0]

	return nil
}

// write writes one line.
func (t *table) write(cells []string, title bool) error {
	var line strings.Builder
	left := t.screen.width
	for i, cell := range cells {
		if t.widths[i] == 0 {
			continue
		}

		how := t.columns[i].style
		if title {
			how = faint
		}

		if i == len(cells)-1 {
			cell = cut(cell, max(left, leastCut))
		}

		pad := strings.Repeat(" ", max(0, t.widths[i]-columnsOf(cell)))
		if t.columns[i].right {
			line.WriteString(pad + t.screen.styled(how, cell) + tableGap)
		} else {
			line.WriteString(t.screen.styled(how, cell) + pad + tableGap)
		}

		left -= t.widths[i] + len(tableGap)
	}

	_, err := t.out.WriteString(strings.TrimRight(line.String(), " ") + "\n")

	return err
}
