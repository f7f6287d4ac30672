-- Sources fetched from customers' addresses. Chunks and quota of an import are those of an upload of ours.
-- Why the previous Worker still runs on it: the table is new, and it takes the uploads behind imports for any others.
CREATE TABLE imports (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id),
  video_id TEXT NOT NULL,
  -- Once the size is known.
  upload_id TEXT,
  -- An address may hold a signature.
  sealed_url TEXT NOT NULL,
  host TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('fetching', 'completed', 'failed', 'cancelled')),
  validator TEXT,
  ranges INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL,
  error_reason TEXT,
  error_message TEXT,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX imports_by_video ON imports (video_id, id);
CREATE INDEX imports_running ON imports (account_id) WHERE state = 'fetching';
CREATE INDEX imports_due ON imports (next_attempt_at) WHERE state = 'fetching';
