-- Presets may hold an uploaded logo: JSON of what and where it is.
-- Why the previous Worker still runs on it: it names its columns, and this one may be empty; it shows no such logo.
ALTER TABLE presets ADD COLUMN logo TEXT;
