-- The first schema: accounts and their credentials, videos on assets, uploads, encodes, jobs and the agents that run them.
-- Why the previous Worker still runs on it: there is none. Later migrations only add (expand, then contract).
-- Times are integer milliseconds; JSON columns hold what is read whole and never searched.

-- Statements of one batch abort it by inserting here (see worker/src/adapters/d1/write.ts): every CHECK fails by design.
CREATE TABLE guard (
  conflict INTEGER CONSTRAINT guard_conflict CHECK (conflict IS NULL),
  quota_exceeded INTEGER CONSTRAINT guard_quota_exceeded CHECK (quota_exceeded IS NULL)
);

CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  storage_quota_bytes INTEGER NOT NULL,
  -- Bytes of live sources and of open uploads' promises; the quota holds their sum.
  storage_used_bytes INTEGER NOT NULL DEFAULT 0,
  storage_reserved_bytes INTEGER NOT NULL DEFAULT 0,
  query_key_allowed INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL
);

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id),
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'editor', 'viewer')),
  site_admin INTEGER NOT NULL DEFAULT 0,
  -- Raised by a password change: older sessions end.
  session_version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL
);

-- One row once the site has been claimed with its setup code: the primary key makes a second claim fail.
CREATE TABLE site (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  first_account_id TEXT NOT NULL REFERENCES accounts(id),
  claimed_by TEXT REFERENCES users(id)
);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id),
  name TEXT NOT NULL,
  key_hash TEXT NOT NULL UNIQUE,
  key_prefix TEXT NOT NULL,
  scopes TEXT NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER,
  revoked_at INTEGER,
  created_at INTEGER NOT NULL
);
CREATE INDEX api_keys_by_account ON api_keys (account_id, id);

CREATE TABLE presets (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id),
  name TEXT NOT NULL,
  settings TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX presets_by_account ON presets (account_id, id);

CREATE TABLE assets (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id),
  filename TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  media TEXT,
  current_encode_id TEXT,
  created_at INTEGER NOT NULL
);

CREATE TABLE videos (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id),
  asset_id TEXT NOT NULL REFERENCES assets(id),
  title TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  visibility TEXT NOT NULL CHECK (visibility IN ('public', 'private')),
  allowed_domains TEXT NOT NULL DEFAULT '[]',
  allow_no_referrer INTEGER NOT NULL DEFAULT 0,
  preset_id TEXT REFERENCES presets(id) ON DELETE SET NULL,
  embed_token TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL CHECK (status IN ('processing', 'ready', 'failed')),
  error_reason TEXT,
  error_message TEXT,
  views INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX videos_by_account ON videos (account_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX videos_by_title ON videos (account_id, title, id) WHERE deleted_at IS NULL;
CREATE INDEX videos_by_status ON videos (account_id, status, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX videos_by_asset ON videos (asset_id);
CREATE INDEX videos_deleted ON videos (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE uploads (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id),
  video_id TEXT NOT NULL,
  asset_id TEXT NOT NULL,
  filename TEXT NOT NULL,
  title TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  chunk_bytes INTEGER NOT NULL,
  chunk_count INTEGER NOT NULL,
  multipart_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'completing', 'completed', 'aborted', 'expired', 'failed')),
  completing_at INTEGER,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX uploads_by_account ON uploads (account_id, id);
CREATE INDEX uploads_by_expiry ON uploads (expires_at) WHERE state IN ('open', 'completing');

CREATE TABLE upload_parts (
  upload_id TEXT NOT NULL REFERENCES uploads(id),
  chunk_index INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  etag TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  stored_at INTEGER NOT NULL,
  PRIMARY KEY (upload_id, chunk_index)
) WITHOUT ROWID;

CREATE TABLE encodes (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id),
  asset_id TEXT NOT NULL REFERENCES assets(id),
  state TEXT NOT NULL CHECK (state IN ('planning', 'encoding', 'ready', 'failed')),
  encryption TEXT NOT NULL CHECK (encryption IN ('aes-128', 'none')),
  -- Content keys are derived from it (HKDF); it never leaves the Worker.
  key_seed TEXT NOT NULL,
  plan TEXT,
  images TEXT,
  progress REAL NOT NULL DEFAULT 0,
  error_reason TEXT,
  error_message TEXT,
  playable_at INTEGER,
  ready_at INTEGER,
  created_at INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX encodes_by_asset ON encodes (asset_id);

CREATE TABLE chunks (
  encode_id TEXT NOT NULL REFERENCES encodes(id),
  stream TEXT NOT NULL,
  chunk_index INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  complete INTEGER NOT NULL,
  manifest TEXT NOT NULL,
  PRIMARY KEY (encode_id, stream, chunk_index)
) WITHOUT ROWID;

CREATE TABLE agents (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  credential_hash TEXT NOT NULL UNIQUE,
  boot_id TEXT NOT NULL,
  capabilities TEXT NOT NULL,
  draining INTEGER NOT NULL DEFAULT 0,
  last_seen_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
);

CREATE TABLE enrolments (
  code_hash TEXT PRIMARY KEY,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  created_at INTEGER NOT NULL
);

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id),
  encode_id TEXT NOT NULL REFERENCES encodes(id),
  kind TEXT NOT NULL CHECK (kind IN ('prepare', 'encode', 'audio', 'images')),
  -- `video` with a chunk index, a sound stream's name, or '' for work on the whole encode.
  stream TEXT NOT NULL DEFAULT '',
  chunk_index INTEGER NOT NULL DEFAULT 0,
  -- 0 makes something playable, 1 interactive, 2 bulk, 3 re-encode.
  priority INTEGER NOT NULL,
  -- Encoder family an agent must have proved; NULL for any.
  needs TEXT,
  state TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'done', 'failed', 'cancelled')),
  agent_id TEXT,
  epoch INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER,
  run_after INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  crashes TEXT NOT NULL DEFAULT '[]',
  progress REAL NOT NULL DEFAULT 0,
  error TEXT,
  created_at INTEGER NOT NULL,
  finished_at INTEGER
);
CREATE INDEX jobs_queue ON jobs (priority, created_at, chunk_index, id) WHERE state = 'queued';
CREATE INDEX jobs_leases ON jobs (lease_until) WHERE state = 'leased';
CREATE INDEX jobs_by_encode ON jobs (encode_id, state);

CREATE TABLE embed_tokens (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id),
  video_id TEXT NOT NULL REFERENCES videos(id),
  token TEXT NOT NULL UNIQUE,
  viewer_id TEXT,
  allowed_domains TEXT NOT NULL DEFAULT '[]',
  expires_at INTEGER,
  revoked_at INTEGER,
  created_at INTEGER NOT NULL
);
CREATE INDEX embed_tokens_by_video ON embed_tokens (video_id, id);
CREATE INDEX embed_tokens_by_account ON embed_tokens (account_id, id);

CREATE TABLE tracks (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id),
  video_id TEXT NOT NULL REFERENCES videos(id),
  kind TEXT NOT NULL CHECK (kind IN ('subtitles', 'captions', 'chapters')),
  language TEXT NOT NULL,
  label TEXT NOT NULL,
  is_default INTEGER NOT NULL DEFAULT 0,
  object_key TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  UNIQUE (video_id, kind, language)
);

-- Outbox: what happened, written in the batch of the change it tells of.
CREATE TABLE events (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id),
  type TEXT NOT NULL,
  video_id TEXT,
  data TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX events_by_account ON events (account_id, id);
