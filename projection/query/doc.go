// Package query runs SQL that only reads over the views of projections: named
// queries, which a program declares and clients call with parameters, and
// statements that an operator writes.
//
//	queries, err := query.New(views, map[string]query.Declaration{
//		"popular": {
//			SQL:    `select type, count(*) as n from journal where category = :category group by type order by n desc`,
//			Params: map[string]query.Param{"category": {}},
//		},
//	})
//	result, err := queries.Run(ctx, "popular", url.Values{"category": {"meeting"}})
//
// # What is refused
//
// A statement is one SELECT, WITH or VALUES. It runs on a connection and in a
// transaction that cannot write, and that is always rolled back. Parameters are
// values of a declared type, never text in the statement, so what a client sends
// cannot change what the statement does. Functions that reach out of the database
// or change the session are refused by name.
//
// A query ends after a time, wherever it is, and has at most so many rows and
// bytes: what has more rows is cut off, and says so; what has more bytes fails.
//
// # Values
//
// Whole numbers, other numbers, text, null: as in JSON. Bytes are base64, times
// RFC 3339, columns of type json or jsonb the JSON that they hold. SQLite has no
// true and false, but 1 and 0.
package query
