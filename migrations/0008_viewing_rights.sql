-- What embed tokens ask of viewers, keys customers sign tokens with, and revocations of many tokens at once.
-- Why the previous Worker still runs on it: new columns have defaults and it names the columns it writes; the tables are new.
ALTER TABLE embed_tokens ADD COLUMN viewer_name TEXT;
ALTER TABLE embed_tokens ADD COLUMN viewer_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE embed_tokens ADD COLUMN max_sessions INTEGER;
ALTER TABLE embed_tokens ADD COLUMN max_views INTEGER;
ALTER TABLE embed_tokens ADD COLUMN watermark_text TEXT;
ALTER TABLE embed_tokens ADD COLUMN allowed_countries TEXT NOT NULL DEFAULT '[]';
ALTER TABLE embed_tokens ADD COLUMN blocked_countries TEXT NOT NULL DEFAULT '[]';
ALTER TABLE embed_tokens ADD COLUMN allowed_ips TEXT NOT NULL DEFAULT '[]';
ALTER TABLE embed_tokens ADD COLUMN starts_at INTEGER;

CREATE TABLE signing_keys (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id),
  name TEXT NOT NULL,
  algorithm TEXT NOT NULL CHECK (algorithm IN ('EdDSA', 'HS256')),
  -- A JWK, for EdDSA; the sealed secret, for HS256.
  public_key TEXT,
  sealed_secret TEXT,
  retires_at INTEGER,
  revoked_at INTEGER,
  created_at INTEGER NOT NULL,
  CHECK ((public_key IS NULL) <> (sealed_secret IS NULL))
);
CREATE INDEX signing_keys_by_account ON signing_keys (account_id, id);

-- One row voids many tokens: a viewer's, a video's, or one a customer signed (which has no row of its own).
CREATE TABLE revocations (
  account_id TEXT NOT NULL REFERENCES accounts(id),
  kind TEXT NOT NULL CHECK (kind IN ('token', 'viewer', 'video')),
  subject TEXT NOT NULL,
  revoked_at INTEGER NOT NULL,
  version INTEGER,
  PRIMARY KEY (account_id, kind, subject)
) WITHOUT ROWID;
