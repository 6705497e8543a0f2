// Package config reads recount.yaml, the description of an application that
// needs no Go code: where to listen and keep events, who is admitted, how much a
// client may ask for, and what the categories are.
//
// [Load] finds every mistake of a file at once, each with its line and column,
// what was probably meant, and what to do. It loads and compiles all that the
// file names: schemas, guards, keys and certificates. So a file that loads is one
// that works.
//
// Environment variables, and .env in the working directory, override what the
// file says: a setting's variable is RECOUNT_ and its path in capitals, so that
// RECOUNT_AUTH_JWT_SECRET stands for auth.jwt.secret. Categories have none.
// Instead of a value a setting may name a variable: env:JWT_SECRET.
//
// [Example] is a file that documents every key.
package config
