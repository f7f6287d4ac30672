const MIB = 1024 * 1024
/** The smallest part an S3-like store takes, and what the contract shows. */
export const MIN_CHUNK_BYTES = 5 * MIB
/** Under the smallest body limit in front of a Worker (100 MB). */
const MAX_CHUNK_BYTES = 90 * MIB
const MAX_CHUNKS = 10_000
const STEP_BYTES = 256 * 1024

/** One chunk size for all chunks but the last: 5 MiB, grown so that a file never needs more than 10,000. */
export function chunkBytesFor(sizeBytes: number): number {
  return Math.max(MIN_CHUNK_BYTES, Math.ceil(sizeBytes / MAX_CHUNKS / STEP_BYTES) * STEP_BYTES)
}

/** The largest file 10,000 chunks can carry. */
export const MAX_CHUNKED_BYTES = MAX_CHUNK_BYTES * MAX_CHUNKS

/** Bytes chunk `index` must have. */
export function expectedChunkBytes(upload: { sizeBytes: number; chunkBytes: number; chunkCount: number }, index: number): number {
  return index === upload.chunkCount - 1 ? upload.sizeBytes - index * upload.chunkBytes : upload.chunkBytes
}
