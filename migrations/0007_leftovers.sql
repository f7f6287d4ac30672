-- Objects of lost leases are removed once an encode has ended, and encodes that nothing plays after a while; agents say which protocol they speak.
-- Why the previous Worker still runs on it: it names its columns, and both have defaults.
ALTER TABLE encodes ADD COLUMN cleaned_at INTEGER;
CREATE INDEX encodes_uncleaned ON encodes (created_at) WHERE cleaned_at IS NULL;
ALTER TABLE agents ADD COLUMN protocol INTEGER NOT NULL DEFAULT 1;
