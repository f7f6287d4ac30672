-- A video keeps how its source comes to it: by upload, fetched from an address, or as a copy of another video.
-- Why the previous Worker still runs on it: it names its columns, and this one has a default. Copies made before stay `upload`: nothing
-- tells them from the videos they were made of.
ALTER TABLE videos ADD COLUMN origin TEXT NOT NULL DEFAULT 'upload' CHECK (origin IN ('upload', 'import', 'copy'));
UPDATE videos SET origin = 'import' WHERE id IN (SELECT video_id FROM imports WHERE state IN ('fetching', 'completed'));
