import { createHash } from 'node:crypto'
import { JobFailure } from '../failure.ts'
import type { StepContext } from './context.ts'

/** Reads the whole source once and makes sure that it is the file its sender meant. Throws JobFailure, permanent `source_checksum_mismatch`. */
export async function verifySource({ sourceUrl, checkSource, signal }: Pick<StepContext, 'sourceUrl' | 'checkSource' | 'signal'>, sha256: string): Promise<void> {
  const hash = createHash('sha256')
  const answer = await fetch(sourceUrl, { signal })
  for await (const piece of answer.body as ReadableStream<Uint8Array>) hash.update(piece)
  checkSource()
  if (hash.digest('hex') !== sha256)
    throw new JobFailure('permanent', 'source_checksum_mismatch', 'The file that arrived is not the one whose SHA-256 was given. Upload it again.')
}
