-- Live streams: what an encoder will send to, and where it is passed on. Keys of both are sealed; the stream key is found by its SHA-256.
-- Why the previous Worker still runs on it: a new table it does not know of.
CREATE TABLE live_streams (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id),
  name TEXT NOT NULL,
  visibility TEXT NOT NULL CHECK (visibility IN ('public', 'private')),
  preset_id TEXT REFERENCES presets(id) ON DELETE SET NULL,
  record INTEGER NOT NULL DEFAULT 0,
  stream_key_hash TEXT NOT NULL UNIQUE,
  sealed_stream_key TEXT NOT NULL,
  -- JSON list of {name, serverUrl, sealedStreamKey}.
  restreams TEXT NOT NULL DEFAULT '[]',
  -- JSON of the uploaded image; null for none.
  thumbnail TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX live_streams_by_account ON live_streams (account_id, id);
