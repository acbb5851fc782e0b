-- Since when a key is in its state; empty for one that never changed it. A key of the release before has none.

ALTER TABLE signing_key ADD COLUMN changed_at bigint;

CREATE UNIQUE INDEX signing_key_announced ON signing_key (algorithm) WHERE state = 'announced';

CREATE UNIQUE INDEX signing_key_signs ON signing_key (algorithm) WHERE state = 'signing';
