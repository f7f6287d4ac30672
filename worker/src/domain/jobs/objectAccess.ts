import { missing } from '@avocet/shared/fault'
import { DOWNLOAD_FILE, encodePrefix, MEDIA_FILE, REMUX_FILE, SOURCE_FILE, sourcePrefix } from '@avocet/shared/objectKeys'
import type { AgentActor } from '../actor.ts'
import { posterKeyOf } from '../encodes/posterJob.ts'
import type { Deps } from '../ports.ts'
import { heldJob } from './lease.ts'

/** The key, if the holder of this job may read it: its source or a part of that, or an object of its encode. Anything else does not exist. */
export async function readableKey(deps: Deps, agent: AgentActor, jobId: string, epoch: number, key: string): Promise<string> {
  const job = await heldJob(deps, agent, jobId, epoch)
  if (isOfEncode(encodePrefix(job.encodeId), key)) return key
  const encode = await deps.encodes.find(job.encodeId)
  const prefix = encode && sourcePrefix(encode.assetId)
  return prefix && key.startsWith(prefix) && SOURCE_FILE.test(key.slice(prefix.length)) ? key : missing('object')
}

/** The key, if the holder of this job may write it: an object of its encode, or the poster it makes. */
export async function writableKey(deps: Deps, agent: AgentActor, jobId: string, epoch: number, key: string): Promise<string> {
  const job = await heldJob(deps, agent, jobId, epoch)
  const isPoster = job.kind === 'poster' && key === posterKeyOf(job)
  return isPoster || isOfEncode(encodePrefix(job.encodeId), key) ? key : missing('object')
}

function isOfEncode(prefix: string, key: string): boolean {
  const file = key.startsWith(prefix) ? key.slice(prefix.length) : ''
  return MEDIA_FILE.test(file) || REMUX_FILE.test(file) || DOWNLOAD_FILE.test(file)
}
