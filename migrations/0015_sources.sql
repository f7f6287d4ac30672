-- Videos may be made before their file comes, carry tags and metadata, and take their file in parts of any size, kept as objects.
-- Tokens of one use are remembered until they expire.
-- Why the previous Worker still runs on it: new tables it does not know, and columns with defaults that say what it meant.
ALTER TABLE videos ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE videos ADD COLUMN metadata TEXT NOT NULL DEFAULT '[]';
ALTER TABLE videos ADD COLUMN panoramic INTEGER NOT NULL DEFAULT 0;
-- The source is not one object but the parts below.
ALTER TABLE assets ADD COLUMN in_parts INTEGER NOT NULL DEFAULT 0;

-- How a file that comes in parts is being sent. Gone once it is whole.
CREATE TABLE intakes (
  video_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  asset_id TEXT NOT NULL,
  filename TEXT NOT NULL,
  style TEXT NOT NULL,
  -- Parts or bytes; NULL while unknown.
  total INTEGER,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX intakes_expired ON intakes (expires_at);

-- Parts of a source, in the order of `position`: a part's number from 0, or its first byte. They stay with the asset.
CREATE TABLE source_parts (
  asset_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (asset_id, position)
);

CREATE TABLE used_tokens (
  id TEXT PRIMARY KEY,
  expires_at INTEGER NOT NULL
);
CREATE INDEX used_tokens_old ON used_tokens (expires_at);
