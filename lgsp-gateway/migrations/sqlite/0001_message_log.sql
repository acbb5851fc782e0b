-- The state after the last batch: one row, so that an append is refused when it does not go on where the log ends.
CREATE TABLE log_head (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    size INTEGER NOT NULL,
    head BLOB
) STRICT;
INSERT INTO log_head (id, size, head) VALUES (1, 0, NULL);

-- Consecutive entries, as they were written by one act. Times are milliseconds since the epoch.
CREATE TABLE log_batch (
    first    INTEGER PRIMARY KEY,
    count    INTEGER NOT NULL CHECK (count > 0),
    since    INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    entries  BLOB NOT NULL,
    evidence BLOB NOT NULL
) STRICT;
CREATE INDEX log_batch_until ON log_batch (until, first);

-- Signed checkpoints: the newest, and of the older ones the last of every 1024 entries.
CREATE TABLE log_checkpoint (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL
) STRICT;

-- Full tiles of the tree (C2SP tlog-tiles), made after the entries, from which proofs are cut.
CREATE TABLE log_tile (
    level  INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, number)
) STRICT;
