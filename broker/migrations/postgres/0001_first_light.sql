-- What must outlive a restart. One row per aggregate: the columns that are searched, and the rest as JSON in `body`.
-- Moments are microseconds since 1970-01-01T00:00:00Z; nothing here is a secret in the clear.

CREATE TABLE person (
  id            bytea PRIMARY KEY,
  sealed        bytea NOT NULL,
  citizen_index bytea
);

CREATE INDEX person_by_citizen ON person (citizen_index) WHERE citizen_index IS NOT NULL;

-- The only way to a person. The link is taken before the person is made, so the reference is checked at the end.
CREATE TABLE link (
  link   bytea PRIMARY KEY,
  person bytea NOT NULL REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
  issuer text NOT NULL
);

CREATE TABLE session (
  id         bytea PRIMARY KEY,
  key        bytea NOT NULL UNIQUE,
  person     bytea NOT NULL,
  expires_at bigint NOT NULL,
  ended_at   bigint,
  body       text NOT NULL
);

CREATE INDEX session_by_expiry ON session (expires_at);

CREATE TABLE participant (
  session bytea NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  client  text NOT NULL,
  PRIMARY KEY (session, client)
);

CREATE TABLE consent (
  person      bytea NOT NULL,
  client      text NOT NULL,
  fingerprint bytea NOT NULL,
  accepted_at bigint NOT NULL,
  PRIMARY KEY (person, client)
);

-- A grant is alive while it is neither revoked nor expired and its session is alive. A row without a session is the
-- grave of a grant that was revoked before it was opened.
CREATE TABLE grant_family (
  id         bytea PRIMARY KEY,
  session    bytea,
  expires_at bigint NOT NULL,
  revoked_at bigint,
  body       text
);

CREATE INDEX grant_family_by_expiry ON grant_family (expires_at);

CREATE TABLE refresh (
  hash       bytea PRIMARY KEY,
  grant_id   bytea NOT NULL,
  expires_at bigint NOT NULL,
  used_at    bigint
);

CREATE INDEX refresh_by_expiry ON refresh (expires_at);

CREATE TABLE revoked_token (
  id    bytea PRIMARY KEY,
  until bigint NOT NULL
);

CREATE INDEX revoked_token_by_end ON revoked_token (until);

CREATE TABLE client (
  id         text PRIMARY KEY,
  enabled    boolean NOT NULL,
  changed_at bigint NOT NULL,
  body       text NOT NULL
);

CREATE TABLE signing_key (
  kid        text PRIMARY KEY,
  algorithm  text NOT NULL,
  state      text NOT NULL,
  sealed     bytea NOT NULL,
  created_at bigint NOT NULL
);

-- Only ever added to.
CREATE TABLE audit (
  sequence  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at        bigint NOT NULL,
  event     text NOT NULL,
  reference text NOT NULL,
  body      jsonb NOT NULL
);

CREATE INDEX audit_by_reference ON audit (reference);

-- Written by the readiness check, to know that writing works.
CREATE TABLE heartbeat (
  id    integer PRIMARY KEY CHECK (id = 1),
  beats bigint NOT NULL
);
