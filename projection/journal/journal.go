package journal

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"maps"
	"slices"

	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
)

// Name is the name of the projection and of its table.
const Name = "journal"

// Options say what the journal knows of events.
type Options struct {
	// Categories are the declarations whose throttles say which events are
	// repeats. Defaults to none: then only what stands in the meta of events
	// does.
	Categories map[string]category.Declaration
	// Batch is how many events a transaction has at most. Defaults to
	// projection.DefaultBatch.
	Batch int
}

// revision is that of this package: raise it when rows become others.
const revision = 1

// Tables is the SQL of the table and its indexes.
const Tables = `
create table journal (
  position bigint not null primary key,
  id text not null,
  stream text not null,
  category text not null,
  version bigint not null,
  type text not null,
  time text not null,
  recorded text not null,
  actor text not null,
  subject text not null,
  content_type text,
  data text,
  data_base64 text,
  correlation text not null,
  causation text not null,
  command text not null,
  meta text not null,
  origin text not null,
  repeat_of bigint,
  times bigint not null,
  latest bigint,
  latest_time text,
  fold text,
  shown bigint not null
);
create index journal_by_place on journal (shown);
create index journal_by_stream on journal (stream, shown);
create index journal_by_category on journal (category, shown);
create index journal_by_type on journal (type, shown);
create index journal_by_actor on journal (actor, shown);
create index journal_by_subject on journal (subject, shown);
create unique index journal_by_fold on journal (fold) where fold is not null;
`

// New returns the projection. Its tables are those of [Tables].
func New(o Options) *projection.Definition {
	rules, statements := rulesOf(o.Categories), newStatements()

	return projection.Define(Name, projection.Options{
		Version:     rules.version(),
		Tables:      Tables,
		Batch:       o.Batch,
		ClearStream: `delete from journal where stream = ?`,
	}, projection.OnBatch(func(ctx context.Context, tx *projection.Tx, events []event.Event) error {
		b := newBatch(rules, statements, events)
		if err := b.load(ctx, tx); err != nil {
			return err
		}

		b.fold()

		return b.write(ctx, tx)
	}))
}

// rules are the declared throttles, by category and type.
type rules map[string]map[string]category.Throttle

func rulesOf(declared map[string]category.Declaration) rules {
	r := make(rules)
	for name := range declared {
		for typ, t := range declared[name].Events {
			if t.Throttle == nil {
				continue
			}

			if r[name] == nil {
				r[name] = make(map[string]category.Throttle)
			}

			r[name][typ] = *t.Throttle
		}
	}

	return r
}

// version returns a number that is another one if the rules are others.
func (r rules) version() int {
	type rule struct {
		Category, Type  string
		Within          int64
		Actor, Subject  bool
		Sliding         bool
		JournalRevision int
	}

	all := []rule{{JournalRevision: revision}}
	for _, name := range slices.Sorted(maps.Keys(r)) {
		for _, typ := range slices.Sorted(maps.Keys(r[name])) {
			w := windowOf(r[name][typ])
			all = append(all, rule{Category: name, Type: typ, Within: int64(w.within), Actor: w.actor, Subject: w.subject, Sliding: w.sliding})
		}
	}

	text, _ := json.Marshal(all) // these types cannot fail
	sum := fnv.New32a()
	_, _ = sum.Write(text) // never fails

	return int(sum.Sum32() >> 1)
}
