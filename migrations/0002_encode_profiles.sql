-- What is made of a video: codecs by account, and what one encode was asked for. Needs become words: `<encoder>` or `<encoder>/2160`.
-- Why the previous Worker still runs on it: it names its columns, and the new ones have defaults.
ALTER TABLE accounts ADD COLUMN encode_profile TEXT NOT NULL DEFAULT '{"codecs":["h264"]}';
ALTER TABLE encodes ADD COLUMN profile TEXT;
UPDATE jobs SET needs = 'libx264' WHERE needs = 'x264';
UPDATE jobs SET needs = 'h264_nvenc' WHERE needs = 'nvenc';
UPDATE agents SET capabilities = json_set(capabilities, '$.encoders', json('[]'), '$.decodesOnGpu', json('false')) WHERE json_extract(capabilities, '$.encoders') IS NULL;
UPDATE encodes SET plan = json_set(plan, '$.encoders', json_object('h264', iif(json_extract(plan, '$.encoderFamily') = 'nvenc', 'h264_nvenc', 'libx264')))
  WHERE plan IS NOT NULL AND json_extract(plan, '$.encoders') IS NULL;
CREATE INDEX agents_seen ON agents (last_seen_at);
