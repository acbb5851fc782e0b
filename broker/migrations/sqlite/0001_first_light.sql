-- One row per aggregate: the columns that are searched, and the rest as JSON in `body`. Moments are microseconds since
-- 1970-01-01T00:00:00Z; ids, hashes and sealed values are BLOBs; nothing here is a secret in the clear.

CREATE TABLE login (
  handle     BLOB PRIMARY KEY,
  record     BLOB NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE code (
  code       BLOB PRIMARY KEY,
  grant_id   BLOB NOT NULL,
  expires_at INTEGER NOT NULL,
  spent_at   INTEGER,
  body       TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE once (
  key        BLOB PRIMARY KEY,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE person (
  id            BLOB PRIMARY KEY,
  sealed        BLOB NOT NULL,
  citizen_index BLOB
) WITHOUT ROWID;

CREATE INDEX person_by_citizen ON person (citizen_index) WHERE citizen_index IS NOT NULL;

-- The only way to a person.
CREATE TABLE link (
  link   BLOB PRIMARY KEY,
  person BLOB NOT NULL REFERENCES person (id),
  issuer TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE session (
  id         BLOB PRIMARY KEY,
  key        BLOB NOT NULL UNIQUE,
  person     BLOB NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at   INTEGER,
  body       TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE participant (
  session BLOB NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  client  TEXT NOT NULL,
  PRIMARY KEY (session, client)
) WITHOUT ROWID;

CREATE TABLE consent (
  person      BLOB NOT NULL,
  client      TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  accepted_at INTEGER NOT NULL,
  PRIMARY KEY (person, client)
) WITHOUT ROWID;

-- A grant is alive while it is neither revoked nor expired and its session is alive. A row without a session is the
-- grave of a grant that was revoked before it was opened.
CREATE TABLE grant_family (
  id         BLOB PRIMARY KEY,
  session    BLOB,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  body       TEXT
) WITHOUT ROWID;

CREATE TABLE refresh (
  hash       BLOB PRIMARY KEY,
  grant_id   BLOB NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at    INTEGER
) WITHOUT ROWID;

CREATE TABLE revoked_token (
  id    BLOB PRIMARY KEY,
  until INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE client (
  id         TEXT PRIMARY KEY,
  enabled    INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  body       TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE signing_key (
  kid        TEXT PRIMARY KEY,
  algorithm  TEXT NOT NULL,
  state      TEXT NOT NULL,
  sealed     BLOB NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Only ever added to.
CREATE TABLE audit (
  sequence  INTEGER PRIMARY KEY,
  at        INTEGER NOT NULL,
  event     TEXT NOT NULL,
  reference TEXT NOT NULL,
  body      TEXT NOT NULL
);

CREATE INDEX audit_by_reference ON audit (reference);

-- Written by the readiness check, to know that writing works.
CREATE TABLE heartbeat (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  beats INTEGER NOT NULL
);
