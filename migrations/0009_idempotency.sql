-- Answers to calls with an Idempotency-Key, for a day; sealed, because some hold secrets that are shown once.
-- Why the previous Worker still runs on it: a new table it does not know.
CREATE TABLE idempotency (
  account_id TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  -- NULL while the first call runs.
  sealed_answer TEXT,
  started_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_old ON idempotency (started_at);
