import type { Id, VideoId } from '@avocet/shared/ids'
import { parseId } from './codec.ts'

const PREFIX = 'ps'
const LENGTH = 26

/** Sessions are asked for by their id alone here: it names the video as well. */
export const spellSession = (sessionId: Id<'session'>, videoId: VideoId): string => PREFIX + sessionId.slice(-LENGTH) + videoId.slice(-LENGTH)

/** The session and video an id names; null for anything else. */
export function parseSession(text: string): { sessionId: Id<'session'>; videoId: VideoId } | null {
  const sessionId = parseId('session', PREFIX, text.slice(0, -LENGTH))
  const videoId = parseId('video', '', text.slice(-LENGTH))
  return sessionId && videoId ? { sessionId, videoId } : null
}
