-- The operator may give an API key limits of its own.
-- Why the previous Worker still runs on it: it names its columns, and this one may be NULL.
ALTER TABLE api_keys ADD COLUMN rate_limits TEXT;
