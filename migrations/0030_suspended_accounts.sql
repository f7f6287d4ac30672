-- An account its operator has suspended: from then on its keys, sessions and upload tokens open nothing.
-- Why the previous Worker still runs on it: it reads and writes accounts by name, and a new column with NULL hurts neither.
ALTER TABLE accounts ADD COLUMN suspended_at INTEGER;
