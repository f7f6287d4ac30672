-- An account's day also knows how often playing began and came to its end, and how many views lasted how long; and the videos of an account are
-- told apart without reading those of all accounts.
-- Why the previous Worker still runs on it: it writes usage_days as before, and passes over names of usage_accounts.data that it does not know.
DROP TRIGGER usage_changes_added;
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
              WHERE parts.key IN ('countries', 'devices', 'systems', 'browsers', 'completions', 'startups', 'errors', 'renditions', 'stillness', 'hourViews', 'hourSeconds', 'lasting')
            UNION ALL
            SELECT 'stillness', parts.key, parts.value * docs.sign
              FROM (SELECT 1 AS sign, NEW.after AS doc UNION ALL SELECT -1, NEW.before) docs, json_each(docs.doc) parts
              WHERE parts.key IN ('stalls', 'stalledMs', 'starts', 'ends')
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

CREATE INDEX usage_days_by_account ON usage_days (account_id, day);
