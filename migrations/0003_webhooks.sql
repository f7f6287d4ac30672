-- Webhooks, and the deliveries that events become in the batch they are written in.
-- Why the previous Worker still runs on it: only new tables; it writes events and nobody is told of them.
CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id),
  url TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  -- JSON list of types; empty for all.
  events TEXT NOT NULL DEFAULT '[]',
  sealed_secret TEXT NOT NULL,
  previous_sealed_secret TEXT,
  previous_until INTEGER,
  disabled_at INTEGER,
  disabled_reason TEXT,
  failing_since INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX webhooks_by_account ON webhooks (account_id, id);

CREATE TABLE deliveries (
  event_id TEXT NOT NULL REFERENCES events(id),
  webhook_id TEXT NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE,
  account_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'dropped')),
  attempts TEXT NOT NULL DEFAULT '[]',
  tries INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (webhook_id, event_id)
);
CREATE INDEX deliveries_due ON deliveries (webhook_id, next_attempt_at) WHERE state = 'pending';
CREATE INDEX deliveries_old ON deliveries (created_at) WHERE state <> 'pending';
