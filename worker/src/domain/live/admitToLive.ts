import { missing } from '@avocet/shared/fault'
import type { Deps } from '../ports.ts'
import { acceptLiveInvitation, isLivePass } from './liveInvitation.ts'
import type { LiveStream } from './liveStream.ts'

/** How a viewer comes to a live stream: with an invitation for one, or the pass it was exchanged for. A public one needs neither. */
export interface LiveAdmission {
  invitation?: string | undefined
  pass?: string | undefined
}

/** The live stream, and the pass to come back with (null for a public one). Uses an invitation up. Throws not_found. */
export async function admitToLive(deps: Deps, id: string, { invitation, pass }: LiveAdmission): Promise<{ stream: LiveStream; pass: string | null }> {
  const stream = (await deps.liveStreams.findAny(id)) ?? missing('live stream')
  if (stream.visibility === 'public') return { stream, pass: null }
  if (pass !== undefined) return (await isLivePass(deps, id, pass)) ? { stream, pass } : missing('live stream')
  const accepted = invitation === undefined ? null : await acceptLiveInvitation(deps, id, invitation)
  return accepted === null ? missing('live stream') : { stream, pass: accepted }
}
