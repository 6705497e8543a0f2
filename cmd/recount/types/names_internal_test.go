package types

import "testing"

func TestIdentifier(t *testing.T) {
	t.Parallel()

	for called, want := range map[string]string{
		"card_added": "CardAdded", "cardAdded": "CardAdded", "card.added-now": "CardAddedNow", "HTTP": "HTTP", "": "Type", "_": "Type", "1st": "Type1St",
		"a1b": "A1B", "日本": "日本", "ärger": "Ärger", "any": "Any", "x𝒳": "X", "*/": "Type",
	} {
		if got := identifier(called); got != want {
			t.Errorf("%q: got %q, want %q", called, got, want)
		}
	}
}

func TestTake(t *testing.T) {
	t.Parallel()

	n := names{}
	for _, c := range [][2]string{{"card", "Card"}, {"Card2", "Card2"}, {"card", "Card3"}, {"card2", "Card22"}} {
		if got := n.take(c[0]); got != c[1] {
			t.Errorf("%s: got %s, want %s", c[0], got, c[1])
		}
	}
}

func TestProperty(t *testing.T) {
	t.Parallel()

	for name, want := range map[string]string{
		"title": "title", "$ref": "$ref", "_": "_", "a1": "a1", "1a": `"1a"`, "": `""`, "a-b": `"a-b"`, `a"b\`: `"a\"b\\"`, "ä": `"ä"`, "a\n": `"a\n"`, "<": `"<"`,
	} {
		if got := property(name); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}

func TestComment(t *testing.T) {
	t.Parallel()

	for said, want := range map[string]string{
		"": "", " \n": "", "one": "/** one */\n", "a\n\n b\n": "/**\n * a\n *\n *  b\n */\n", "*/ x": "/** *\\/ x */\n", "a\rb\u2028c": "/** a b c */\n", "a\r\nb": "/**\n * a\n * b\n */\n",
	} {
		if got := comment([]string{said}); got != want {
			t.Errorf("%q: got %q, want %q", said, got, want)
		}
	}
}
