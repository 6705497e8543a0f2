package bench

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// PayloadSize is the size of every event's data, in bytes.
const PayloadSize = 250

// payload is what an event says.
type payload struct {
	typ  string
	data []byte
}

// generator makes events of ordinary JSON: the keys repeat, as those of an
// application do; names, titles, numbers, times and text do not. The same seed
// gives the same events.
type generator struct {
	random *rand.Rand
	words  []string
	names  []string
	labels []string
	second int64
}

func newGenerator(seed uint64) *generator {
	return &generator{
		random: rand.New(rand.NewPCG(seed, 2026)), //nolint:gosec // the same seed has to give the same events
		words:  strings.Fields(vocabulary),
		names:  strings.Fields(people),
		labels: strings.Fields("urgent design backend research legal customer bug idea follow-up finance hiring launch"),
	}
}

// pool returns n events that were made beforehand, so that making them does not
// count as appending them.
func (g *generator) pool(n int) []payload {
	all := make([]payload, n)
	for i := range all {
		all[i] = g.next()
	}

	return all
}

// next returns an event whose data has exactly PayloadSize bytes.
func (g *generator) next() payload {
	text := make([]byte, 0, PayloadSize+64)

	switch g.random.IntN(4) {
	case 0:
		text = fmt.Appendf(text, `{"card":"%s","title":"%s","column":"%s","position":%d,"due":"%s","estimate":%.1f,"labels":["%s","%s"],"description":"`,
			g.id(), g.title(3), g.word(), g.random.IntN(200), g.moment(), g.random.Float64()*20, g.label(), g.label())

		return payload{"card_added", g.fill(text)}
	case 1:
		text = fmt.Appendf(text, `{"comment":"%s","card":"%s","author":{"id":%d,"name":"%s"},"likes":%d,"edited":%t,"text":"`,
			g.id(), g.id(), g.random.IntN(100_000), g.name(), g.random.IntN(40), g.random.IntN(5) == 0)

		return payload{"comment_written", g.fill(text)}
	case 2:
		text = fmt.Appendf(text, `{"order":"%s","customer":%d,"total":"%d.%02d","currency":"EUR","items":[{"sku":"%s","quantity":%d}],"placed_at":"%s","note":"`,
			g.id(), g.random.IntN(1_000_000), g.random.IntN(900), g.random.IntN(100), g.id(), 1+g.random.IntN(9), g.moment())

		return payload{"order_placed", g.fill(text)}
	default:
		text = fmt.Appendf(text, `{"meeting":%d,"member":{"name":"%s","email":"%s.%d@example.com"},"role":"%s","from":"%s","agenda":"`,
			g.random.IntN(1_000_000), g.name(), strings.ToLower(g.person()), g.random.IntN(1000), g.label(), g.moment())

		return payload{"member_joined", g.fill(text)}
	}
}

// fill ends an object that stops inside a string with as much text as is needed.
func (g *generator) fill(object []byte) []byte {
	const end = `."}`

	for len(object) < PayloadSize-len(end) {
		object = append(object, g.word()...)
		object = append(object, ' ')
	}

	object = object[:PayloadSize-len(end)]

	return append(object, end...)
}

func (g *generator) id() string     { return fmt.Sprintf("%08x", g.random.Uint32()) }
func (g *generator) word() string   { return g.words[g.random.IntN(len(g.words))] }
func (g *generator) label() string  { return g.labels[g.random.IntN(len(g.labels))] }
func (g *generator) person() string { return g.names[g.random.IntN(len(g.names))] }
func (g *generator) name() string   { return g.person() + " " + g.person() }

func (g *generator) title(words int) string {
	parts := make([]string, words)
	for i := range parts {
		parts[i] = g.word()
	}

	return strings.Join(parts, " ")
}

// moment returns a time a little later than the one before.
func (g *generator) moment() string {
	g.second += g.random.Int64N(90)
	minute := g.second / 60

	return fmt.Sprintf("2026-%02d-%02dT%02d:%02d:%02dZ",
		1+minute/60/24/28%12, 1+minute/60/24%28, minute/60%24, minute%60, g.second%60)
}

const people = `Ana Ben Carla Dmitri Elif Farid Greta Hiro Ines Jonas Kofi Lena Mateo Nadia Oskar Priya Quentin Rosa Samir Tova
	Ulrich Vera Wanda Xavier Yusuf Zoe Almeida Brandt Costa Dvorak Eriksen Fontaine Garcia Haddad Ivanova Jansen Kowalski
	Lindqvist Moreau Nakamura Okafor Petrov Quispe Rossi Schneider Tanaka Ueda Virtanen Weber Yilmaz Zhang`

const vocabulary = `about above accept account across action active address after again agree allow almost along already always
	amount analysis answer appear apply approach area argue around arrive article assume attention available average away
	balance basic because become before begin behind believe benefit better between beyond board both break bring budget
	build business call camera campaign careful carry case catch cause center central certain chair challenge change charge
	check choice choose claim clear close coach coffee collect color come common community company compare computer concern
	condition consider contain continue control cost could country couple course cover create culture current customer data
	deal debate decade decide deep defense degree describe design despite detail determine develop difference difficult
	dinner direction discover discuss door down draft dream drive during early east easy economy edge effect effort eight
	either else employ energy enjoy enough enter entire environment especially establish evening event every evidence exactly
	example expect experience expert explain express factor fail fall family federal feel field figure fill final financial
	find fine finger finish first floor focus follow force foreign forget form former forward four free friend from full
	fund future game garden general glass goal good government great ground group grow growth guess half hand happen happy
	hard head health hear heart heat heavy help high history hold home hope hospital hotel hour house however huge human
	hundred idea identify image imagine impact important improve include increase indeed indicate industry inside instead
	interest interview into investment invoice issue item join journey keep kind kitchen know knowledge land language large
	last later launch lead leader learn least leave legal less letter level life light likely line list listen little local
	long look lose machine magazine maintain major manage many market material matter maybe measure media medical meeting
	member memory mention message method middle might million mind minute miss model modern moment money month morning most
	mother move movement much music must name nation natural nearly need network never next night nothing notice number
	occur offer office often once open operation option order organize other outside over owner page paper parent part
	particular partner party pass past patient pattern pay people perform perhaps period person phone picture piece place
	plan plant play point policy poor popular position positive possible power practice prepare present pressure pretty
	prevent price private probably problem process produce product program project property protect prove provide public
	purpose push quality question quickly quite radio raise range rate rather reach read ready real reason receive recent
	recognize record reduce reflect region relate release remain remember remove report represent require research resource
	respond rest result return reveal review right risk road role room rule same save scene schedule school science score
	season second section security seek seem sell send senior sense series serious serve service seven several shake share
	short should show side sign significant similar simple since single site situation size skill small social solution
	some soon sort sound source south space speak special specific spend staff stage stand standard start state statement
	station stay step still stock stop store story strategy street strong structure student study style subject success
	such suddenly suggest summer support sure surface system table take talk task teach team technology tell term test text
	thank their theory there thing think third those though thought thousand threat through today together tomorrow tonight
	total tough toward town trade traditional training travel treat trial trouble true trust truth turn type under
	understand unit until upon usually value various version very view visit voice wait walk want watch water weather week
	weight west what whatever where whether which while white whole whose wide will window winter wish with within without
	wonder word work worker world worry would write wrong yard year young yourself`
