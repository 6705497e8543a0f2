// Package nearest finds the word that somebody probably meant.
package nearest

// Of returns the candidate that takes the fewest changes of a letter to become
// word, and whether it is near enough to be worth a question: at most a third
// of the letters differ, and at most three. Of several the first wins.
func Of(word string, candidates []string) (string, bool) {
	s := NewSearch(word)
	for _, c := range candidates {
		s.Offer(c)
	}

	return s.Nearest()
}

// Search looks for the nearest of candidates that come one by one.
type Search struct {
	word    []rune
	nearest string
	least   int
	row     []int
}

// NewSearch returns a search for a word.
func NewSearch(word string) *Search {
	w := []rune(word)

	return &Search{word: w, least: min(3, max(1, len(w)/3)) + 1, row: make([]int, len(w)+1)}
}

// Offer takes a candidate into account.
func (s *Search) Offer(candidate string) {
	c := []rune(candidate)
	if len(c)-len(s.word) >= s.least || len(s.word)-len(c) >= s.least {
		return
	}

	if d := s.distance(c); d < s.least {
		s.nearest, s.least = candidate, d
	}
}

// Nearest returns the nearest candidate so far, and whether there is one.
func (s *Search) Nearest() (string, bool) { return s.nearest, s.nearest != "" }

// distance is Levenshtein's: how many letters must be inserted, removed or
// replaced.
func (s *Search) distance(c []rune) int {
	for j := range s.row {
		s.row[j] = j
	}

	for i, letter := range c {
		diagonal := s.row[0]
		s.row[0] = i + 1
		for j, other := range s.word {
			replaced := diagonal
			if letter != other {
				replaced++
			}

			diagonal = s.row[j+1]
			s.row[j+1] = min(replaced, s.row[j]+1, s.row[j+1]+1)
		}
	}

	return s.row[len(s.word)]
}
