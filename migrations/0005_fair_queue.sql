-- Inside a priority class accounts take turns: a job's rank is its account's next turn, never before the turn that is on now.
-- Why the previous Worker still runs on it: it names its columns, and this one has a default (its jobs come first, by age).
ALTER TABLE jobs ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
DROP INDEX jobs_queue;
CREATE INDEX jobs_queue ON jobs (priority, rank, created_at, chunk_index, id) WHERE state = 'queued';
CREATE INDEX jobs_turns ON jobs (account_id, priority, rank) WHERE state = 'queued';
