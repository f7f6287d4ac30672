-- Hosts look for work kind by kind and encoder by encoder, so that what they cannot do costs them nothing, however much of it waits.
-- Why the previous Worker still runs on it: indexes alone change; its claims read more rows than before.
DROP INDEX jobs_queue;
CREATE INDEX jobs_queue ON jobs (kind, needs, priority, rank, created_at, chunk_index, id) WHERE state = 'queued';
CREATE INDEX jobs_turn ON jobs (priority, rank) WHERE state = 'queued';
