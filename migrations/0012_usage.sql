-- Usage: one row for each video and day (UTC), written whole by the object that counts the video's viewings, at most once a minute.
-- Sums of an account and a video's views follow by trigger, so that whoever writes a row cannot forget or repeat them.
-- Why the previous Worker still runs on it: it knows nothing of these tables; what it counts in `videos.views` stays counted.
CREATE TABLE usage_days (
  video_id TEXT NOT NULL,
  -- Days since 1970-01-01.
  day INTEGER NOT NULL,
  account_id TEXT NOT NULL,
  views INTEGER NOT NULL,
  played_seconds REAL NOT NULL,
  bytes INTEGER NOT NULL,
  -- Rises with every change: an older state never replaces a newer one.
  version INTEGER NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (video_id, day)
) WITHOUT ROWID;

CREATE TABLE usage_accounts (
  account_id TEXT NOT NULL,
  day INTEGER NOT NULL,
  views INTEGER NOT NULL DEFAULT 0,
  played_seconds REAL NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id, day)
) WITHOUT ROWID;

CREATE TRIGGER usage_days_added AFTER INSERT ON usage_days BEGIN
  UPDATE videos SET views = views + NEW.views WHERE id = NEW.video_id AND NEW.views <> 0;
  INSERT INTO usage_accounts (account_id, day, views, played_seconds, bytes) VALUES (NEW.account_id, NEW.day, NEW.views, NEW.played_seconds, NEW.bytes)
    ON CONFLICT (account_id, day) DO UPDATE SET views = views + excluded.views, played_seconds = played_seconds + excluded.played_seconds, bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER usage_days_changed AFTER UPDATE ON usage_days BEGIN
  UPDATE videos SET views = views + NEW.views - OLD.views WHERE id = NEW.video_id AND NEW.views <> OLD.views;
  UPDATE usage_accounts SET views = views + NEW.views - OLD.views, played_seconds = played_seconds + NEW.played_seconds - OLD.played_seconds, bytes = bytes + NEW.bytes - OLD.bytes
    WHERE account_id = NEW.account_id AND day = NEW.day;
END;
