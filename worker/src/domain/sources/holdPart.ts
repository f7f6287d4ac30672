import { missing } from '@avocet/shared/fault'
import type { Actor } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { storeStream } from '../uploads/storeStream.ts'
import { freshIntake } from './openIntake.ts'
import { MAX_PART_BYTES, partTooLarge } from './receivePart.ts'
import { type Intake, partKey } from './source.ts'

/** A part kept aside until it is known where it belongs. */
export interface HeldPart {
  intake: Intake
  key: string
}

/** Stores a part of an upload whose video is told only behind it. What is never released ends like an upload nobody went on with. */
export async function holdPart(deps: Deps, { accountId }: Actor, body: ReadableStream<Uint8Array>): Promise<HeldPart> {
  const intake = freshIntake(deps, { id: deps.newId('video'), accountId }, { filename: '', range: null })
  await deps.commit([deps.sources.begin(intake)])
  const held = { intake, key: partKey({ assetId: intake.assetId, name: 'held' }) }
  await storeStream(deps, held.key, body, MAX_PART_BYTES, partTooLarge)
  return held
}

export async function readHeldPart(deps: Deps, { key }: HeldPart): Promise<ReadableStream<Uint8Array>> {
  return (await deps.objects.get(key))?.body ?? missing('part')
}

export async function releasePart(deps: Deps, { intake, key }: HeldPart): Promise<void> {
  await deps.objects.delete([key])
  await deps.commit([deps.sources.close(intake.videoId)])
}
