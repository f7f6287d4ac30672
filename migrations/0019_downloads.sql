-- Videos may be downloaded as one MP4 file: whether its owner wants that, and where the file of an encode is.
-- Why the previous Worker still runs on it: it names its columns, and both have defaults. Jobs of the new kind wait for hosts that know it.
ALTER TABLE videos ADD COLUMN downloadable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE encodes ADD COLUMN download TEXT;
