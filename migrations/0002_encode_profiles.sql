-- What is made of a video: codecs by account, and what one encode was asked for. Needs of jobs become words: `<encoder>` or
-- `<encoder>/2160`. Jobs are rebuilt without the closed list of kinds, which grows with what agents learn (shared/src/job.ts checks it).
-- Why the previous Worker still runs on it: it names its columns, the new ones have defaults, and what it reads keeps its shape.
ALTER TABLE accounts ADD COLUMN encode_profile TEXT NOT NULL DEFAULT '{"codecs":["h264"]}';
ALTER TABLE encodes ADD COLUMN profile TEXT;
UPDATE agents SET capabilities = json_set(capabilities, '$.encoders', json('[]'), '$.decodesOnGpu', json('false'))
  WHERE json_extract(capabilities, '$.encoders') IS NULL;
UPDATE encodes SET plan = json_set(plan, '$.dropped', json('[]'), '$.encoders',
    json_object('h264', iif(json_extract(plan, '$.encoderFamily') = 'nvenc', 'h264_nvenc', 'libx264')))
  WHERE plan IS NOT NULL AND json_extract(plan, '$.encoders') IS NULL;
CREATE INDEX agents_seen ON agents (last_seen_at);

CREATE TABLE jobs_new (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id),
  encode_id TEXT NOT NULL REFERENCES encodes(id),
  kind TEXT NOT NULL,
  -- With the chunk index names a piece of the picture (shared/src/pieces.ts); a sound stream's name; '' for work on the whole encode.
  stream TEXT NOT NULL DEFAULT '',
  chunk_index INTEGER NOT NULL DEFAULT 0,
  -- 0 makes something playable, 1 interactive, 2 bulk, 3 re-encode.
  priority INTEGER NOT NULL,
  -- A word of the agent's abilities; NULL for any agent.
  needs TEXT,
  state TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'done', 'failed', 'cancelled')),
  agent_id TEXT,
  epoch INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER,
  run_after INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  crashes TEXT NOT NULL DEFAULT '[]',
  progress REAL NOT NULL DEFAULT 0,
  error TEXT,
  created_at INTEGER NOT NULL,
  finished_at INTEGER
);
INSERT INTO jobs_new (id, account_id, encode_id, kind, stream, chunk_index, priority, needs, state, agent_id, epoch, lease_until, run_after,
    attempts, crashes, progress, error, created_at, finished_at)
  SELECT id, account_id, encode_id, kind, stream, chunk_index, priority,
    CASE needs WHEN 'x264' THEN 'libx264' WHEN 'nvenc' THEN 'h264_nvenc' ELSE needs END,
    state, agent_id, epoch, lease_until, run_after, attempts, crashes, progress, error, created_at, finished_at FROM jobs;
DROP TABLE jobs;
ALTER TABLE jobs_new RENAME TO jobs;
CREATE INDEX jobs_queue ON jobs (priority, created_at, chunk_index, id) WHERE state = 'queued';
CREATE INDEX jobs_leases ON jobs (lease_until) WHERE state = 'leased';
CREATE INDEX jobs_by_encode ON jobs (encode_id, state);
