package storetest

// Citation is a case with the sentence of the contract that it cites.
type Citation struct{ Case, Says string }

// Citations returns those of all cases.
func Citations() []Citation {
	var citations []Citation
	for _, g := range groups() {
		for _, c := range g.cases {
			citations = append(citations, Citation{Case: g.noun + "/" + c.name, Says: c.says})
		}
	}

	return citations
}
