-- An account's day also knows countries, devices, quality of experience and hours: added up as its views are, by trigger, so that asking for a
-- year of an account reads a row a day and not one for each of its videos. No more rows are written than before.
-- Why the previous Worker still runs on it: it writes usage_days as before and reads usage_accounts by name.
ALTER TABLE usage_accounts ADD COLUMN data TEXT NOT NULL DEFAULT '{}';

-- Holds nothing: what is inserted here is added to an account's day. `before` and `after` are rollups of one video and day.
CREATE VIEW usage_changes AS
  SELECT account_id, day, views, played_seconds, bytes, data AS before, data AS after FROM usage_days WHERE 0;

-- `data` is {part: {name: number}}. Of a part the 300 greatest numbers stay: names of errors come from players, and a row must not grow without end.
CREATE TRIGGER usage_changes_added INSTEAD OF INSERT ON usage_changes BEGIN
  INSERT INTO usage_accounts (account_id, day) VALUES (NEW.account_id, NEW.day) ON CONFLICT DO NOTHING;
  UPDATE usage_accounts SET
    views = views + NEW.views,
    played_seconds = played_seconds + NEW.played_seconds,
    bytes = bytes + NEW.bytes,
    data = (
      SELECT json_group_object(part, json(names)) FROM (
        SELECT part, json_group_object(name, total) AS names FROM (
          SELECT part, name, sum(value) AS total, row_number() OVER (PARTITION BY part ORDER BY sum(value) DESC) AS place FROM (
            SELECT parts.key AS part, CAST(names.key AS TEXT) AS name, names.value * docs.sign AS value
              FROM (SELECT 1 AS sign, NEW.after AS doc UNION ALL SELECT -1, NEW.before UNION ALL SELECT 1, usage_accounts.data) docs, json_each(docs.doc) parts, json_each(parts.value) names
              WHERE parts.key IN ('countries', 'devices', 'systems', 'browsers', 'completions', 'startups', 'errors', 'renditions', 'stillness', 'hourViews', 'hourSeconds')
            UNION ALL
            SELECT 'stillness', parts.key, parts.value * docs.sign
              FROM (SELECT 1 AS sign, NEW.after AS doc UNION ALL SELECT -1, NEW.before) docs, json_each(docs.doc) parts
              WHERE parts.key IN ('stalls', 'stalledMs')
            UNION ALL
            SELECT 'hourViews', CAST(hours.value ->> 0 AS TEXT), (hours.value ->> 1) * docs.sign
              FROM (SELECT 1 AS sign, NEW.after AS doc UNION ALL SELECT -1, NEW.before) docs, json_each(docs.doc, '$.hours') hours
            UNION ALL
            SELECT 'hourSeconds', CAST(hours.value ->> 0 AS TEXT), (hours.value ->> 2) * docs.sign
              FROM (SELECT 1 AS sign, NEW.after AS doc UNION ALL SELECT -1, NEW.before) docs, json_each(docs.doc, '$.hours') hours
          ) GROUP BY part, name HAVING sum(value) > 0.0005
        ) WHERE place <= 300 GROUP BY part
      )
    )
    WHERE account_id = NEW.account_id AND day = NEW.day;
END;

DROP TRIGGER usage_days_added;
CREATE TRIGGER usage_days_added AFTER INSERT ON usage_days BEGIN
  UPDATE videos SET views = views + NEW.views WHERE id = NEW.video_id AND NEW.views <> 0;
  INSERT INTO usage_changes (account_id, day, views, played_seconds, bytes, before, after) VALUES (NEW.account_id, NEW.day, NEW.views, NEW.played_seconds, NEW.bytes, '{}', NEW.data);
END;

DROP TRIGGER usage_days_changed;
CREATE TRIGGER usage_days_changed AFTER UPDATE ON usage_days BEGIN
  UPDATE videos SET views = views + NEW.views - OLD.views WHERE id = NEW.video_id AND NEW.views <> OLD.views;
  INSERT INTO usage_changes (account_id, day, views, played_seconds, bytes, before, after)
    VALUES (NEW.account_id, NEW.day, NEW.views - OLD.views, NEW.played_seconds - OLD.played_seconds, NEW.bytes - OLD.bytes, OLD.data, NEW.data);
END;

-- What was counted until now, of videos that are still there.
INSERT INTO usage_changes (account_id, day, views, played_seconds, bytes, before, after) SELECT account_id, day, 0, 0, 0, '{}', data FROM usage_days;
