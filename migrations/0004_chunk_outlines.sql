-- A commit looks at all chunks of its encode: at outlines, for with their manifests a day of video would be ten megabytes each time.
-- Why the previous Worker still runs on it: it names its columns, and this one has a default. What it commits meanwhile has no outline
-- and is encoded again by the next Worker's retry; videos that are ready are not touched.
ALTER TABLE chunks ADD COLUMN outline TEXT NOT NULL DEFAULT '{"frames":0,"renditions":{}}';
UPDATE chunks SET outline = json_object(
  'frames', json_extract(manifest, '$.frames'),
  'renditions', (SELECT json_group_object(r.key, json_object(
      'init', json_extract(r.value, '$.initSha256'),
      'segments', json_array_length(r.value, '$.segments'),
      'seconds', (SELECT 1.0 * sum(json_extract(s.value, '$.duration')) FROM json_each(r.value, '$.segments') s) / json_extract(r.value, '$.timescale')
    )) FROM json_each(manifest, '$.renditions') r));
