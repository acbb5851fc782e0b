-- The state after the last batch: one row, so that an append is refused when it does not go on where the log ends.
CREATE TABLE log_head (
    id   smallint PRIMARY KEY CHECK (id = 1),
    size bigint NOT NULL,
    head bytea
) WITH (fillfactor = 10);
INSERT INTO log_head (id, size, head) VALUES (1, 0, NULL);

-- Consecutive entries, as they were written by one act. Times are milliseconds since the epoch.
CREATE TABLE log_batch (
    first    bigint PRIMARY KEY,
    count    bigint NOT NULL CHECK (count > 0),
    since    bigint NOT NULL,
    until    bigint NOT NULL,
    entries  bytea NOT NULL,
    evidence bytea NOT NULL
);
CREATE INDEX log_batch_until ON log_batch (until, first);

-- Signed checkpoints: the newest, and of the older ones the last of every 1024 entries.
CREATE TABLE log_checkpoint (
    size bigint PRIMARY KEY,
    note text NOT NULL
);

-- Full tiles of the tree (C2SP tlog-tiles), made after the entries, from which proofs are cut.
CREATE TABLE log_tile (
    level  smallint NOT NULL,
    number bigint NOT NULL,
    hashes bytea NOT NULL,
    PRIMARY KEY (level, number)
);
