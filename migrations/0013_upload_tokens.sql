-- Upload tokens, so that a browser uploads without an API key; uploads into a video that was made before its source.
-- Why the previous Worker still runs on it: the table is new, the new columns are nullable or have defaults, and uploads it begins have neither.
CREATE TABLE upload_tokens (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id),
  name TEXT NOT NULL DEFAULT '',
  token_hash TEXT NOT NULL UNIQUE,
  -- Dialects list tokens in full.
  sealed_token TEXT NOT NULL,
  video_id TEXT,
  max_bytes INTEGER,
  max_uploads INTEGER,
  uploads INTEGER NOT NULL DEFAULT 0,
  ttl_seconds INTEGER,
  expires_at INTEGER,
  created_at INTEGER NOT NULL
);
CREATE INDEX upload_tokens_by_account ON upload_tokens (account_id, created_at, id);
CREATE INDEX upload_tokens_by_expiry ON upload_tokens (expires_at) WHERE expires_at IS NOT NULL;

ALTER TABLE uploads ADD COLUMN upload_token_id TEXT;
-- Whether `video_id` was there before the upload.
ALTER TABLE uploads ADD COLUMN fills INTEGER NOT NULL DEFAULT 0;
CREATE INDEX uploads_open ON uploads (account_id) WHERE state IN ('open', 'completing');
