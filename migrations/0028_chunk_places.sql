-- Which chunks are committed is asked with every commit; rows of `chunks` carry their manifests, ten kilobytes each, and a scan of their primary key
-- reads those too. This index is what such a question reads instead.
-- Why the previous Worker still runs on it: nothing but an index is new.
CREATE INDEX chunks_places ON chunks (encode_id, stream, chunk_index);
