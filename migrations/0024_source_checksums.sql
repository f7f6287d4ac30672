-- What a client says the SHA-256 of its whole file is; checked by the host that reads the file first.
-- Why the previous Worker still runs on it: the column is nullable and it neither reads nor writes it.
ALTER TABLE uploads ADD COLUMN sha256 TEXT;
CREATE INDEX uploads_by_asset ON uploads (asset_id) WHERE sha256 IS NOT NULL;
