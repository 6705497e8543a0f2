-- What people asked of a projection. The row is locked by whoever changes what
-- generations there are; its revision tells the others.
create table if not exists recount_controls (
  name text primary key,
  revision bigint not null default 0,
  paused integer not null default 0,
  rebuild integer not null default 0,
  clears integer not null default 0
);

-- One row for each generation: how far it is. Who moves the position says from
-- where to where.
create table if not exists recount_projections (
  name text not null,
  generation bigint not null,
  live integer not null,
  version bigint not null,
  fingerprint text not null,
  epoch text not null,
  tables text not null,
  position text not null,
  head text not null,
  rate double precision not null default 0,
  failure text not null default '',
  primary key (name, generation)
);

-- Events that a projection was told to leave out.
create table if not exists recount_skipped (
  name text not null,
  fingerprint text not null,
  epoch text not null,
  position text not null,
  error text not null,
  at text not null,
  primary key (name, fingerprint, epoch, position)
);

-- Streams that are to be rebuilt alone.
create table if not exists recount_streams (
  name text not null,
  stream text not null,
  error text not null default '',
  primary key (name, stream)
);
