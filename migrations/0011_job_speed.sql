-- How fast a job goes, as its host last told: for operators and for the progress of an encode.
-- Why the previous Worker still runs on it: it names its columns, and this one has a default.
ALTER TABLE jobs ADD COLUMN speed REAL NOT NULL DEFAULT 0;
