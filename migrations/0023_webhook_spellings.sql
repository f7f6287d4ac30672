-- A webhook keeps which dialect it is told in.
-- Why the previous Worker still runs on it: it names its columns, and this one has a default. It tells webhooks of other dialects in the
-- standard words, until the new one runs again.
ALTER TABLE webhooks ADD COLUMN spelling TEXT NOT NULL DEFAULT 'standard';
