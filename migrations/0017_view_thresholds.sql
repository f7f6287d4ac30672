-- Numbers of views a webhook wants to be told of, and which of them a video has passed for it: each is told once.
-- Why the previous Worker still runs on it: a column with a default, and a table it does not know.
ALTER TABLE webhooks ADD COLUMN view_thresholds TEXT NOT NULL DEFAULT '[]';

CREATE TABLE passed_thresholds (
  webhook_id TEXT NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE,
  video_id TEXT NOT NULL REFERENCES videos(id) ON DELETE CASCADE,
  threshold INTEGER NOT NULL,
  PRIMARY KEY (webhook_id, video_id, threshold)
) WITHOUT ROWID;
