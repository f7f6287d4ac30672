-- How many videos an account has, by status: kept by trigger, so that a list's total is one row and not a count over all of them; and an index
-- for the one order of lists that had none.
-- Why the previous Worker still runs on it: it writes videos as before, and the triggers see to the rest.
CREATE TABLE video_counts (
  account_id TEXT NOT NULL,
  status TEXT NOT NULL,
  videos INTEGER NOT NULL,
  PRIMARY KEY (account_id, status)
) WITHOUT ROWID;

INSERT INTO video_counts (account_id, status, videos)
  SELECT account_id, status, count(*) FROM videos WHERE deleted_at IS NULL GROUP BY account_id, status;

CREATE TRIGGER videos_counted AFTER INSERT ON videos WHEN NEW.deleted_at IS NULL BEGIN
  INSERT INTO video_counts (account_id, status, videos) VALUES (NEW.account_id, NEW.status, 1)
    ON CONFLICT (account_id, status) DO UPDATE SET videos = videos + 1;
END;

CREATE TRIGGER videos_recounted AFTER UPDATE OF status, deleted_at ON videos WHEN OLD.status <> NEW.status OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL) BEGIN
  UPDATE video_counts SET videos = videos - 1 WHERE account_id = OLD.account_id AND status = OLD.status AND OLD.deleted_at IS NULL;
  INSERT INTO video_counts (account_id, status, videos) SELECT NEW.account_id, NEW.status, 1 WHERE NEW.deleted_at IS NULL
    ON CONFLICT (account_id, status) DO UPDATE SET videos = videos + 1;
END;

CREATE TRIGGER videos_uncounted AFTER DELETE ON videos WHEN OLD.deleted_at IS NULL BEGIN
  UPDATE video_counts SET videos = videos - 1 WHERE account_id = OLD.account_id AND status = OLD.status;
END;

CREATE INDEX videos_by_update ON videos (account_id, updated_at, id) WHERE deleted_at IS NULL;
