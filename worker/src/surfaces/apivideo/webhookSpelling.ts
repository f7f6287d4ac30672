import type { EventType } from '../../domain/webhooks/webhook.ts'
import type { Spelling } from '../../domain/webhooks/spelling.ts'
import { spellId } from './codec.ts'

/** The name a webhook's row keeps. */
export const SPELLING = 'apivideo'
const SECRET_PREFIX = 'sig_sec_'
const [RETRIES, RETRY_MS] = [3, 3_000]

/** Facts this dialect has a word for (contract section 9). */
const WORDS = {
  'video.quality_encoded': 'video.encoding.quality.completed',
  'live.started': 'live-stream.broadcast.started',
  'live.ended': 'live-stream.broadcast.ended',
  'recording.ready': 'video.source.recorded',
} as const satisfies Partial<Record<EventType, string>>
export type Fact = keyof typeof WORDS
export type Word = (typeof WORDS)[Fact]

export const EVERY_WORD = Object.values(WORDS)

export const wordOf = (fact: EventType): Word | null => (fact in WORDS ? WORDS[fact as Fact] : null)
export const factOf = (word: string): Fact | null => (Object.keys(WORDS) as Fact[]).find((fact) => WORDS[fact] === word) ?? null

/** Qualities as the dialect names them. */
const QUALITIES = [240, 360, 480, 720, 1080, 2160]
/** The nearest name of a picture's height, by ratio: `1440p` is no word here. */
export function spellQuality(quality: string): string {
  const lines = Number.parseInt(quality, 10)
  const distance = (step: number) => Math.abs(Math.log(step / lines))
  return lines > 0 ? `${QUALITIES.toSorted((a, b) => distance(a) - distance(b))[0]}p` : quality
}

/** Whether a quality is the lowest of a ladder that goes by its name here: two of ours may be one of the dialect's, told once. */
export const isToldFirst = (quality: string, ladder: readonly string[]): boolean => ladder.find((one) => spellQuality(one) === spellQuality(quality)) === quality

/**
 * Its messages: flat JSON, signed by the lowercase hex HMAC-SHA256 of the raw body under the whole secret, without a time. Any answer from
 * 300 on is a failure; three more tries follow, 3 s apart. Nothing is ever switched off, as the dialect has no way to switch it on again.
 */
export const apivideoSpelling: Spelling = {
  newSecret: (deps) => SECRET_PREFIX + deps.crypto.randomHex(16),
  async tell(deps, { webhookId, event, secrets }) {
    const type = event.type === 'webhook.test' ? event.type : wordOf(event.type)
    if (!type || !isTold(event.data)) return null
    const body = JSON.stringify({ type, emittedAt: new Date(event.createdAt).toISOString(), ...spellData(event.data) })
    return { body, headers: { 'X-Api-Video-WebhookID': spellId('webhook_', webhookId), 'X-Api-Video-Signature': hexOf(await deps.crypto.hmacSha256Base64(btoa(secrets[0] ?? ''), body)) } }
  },
  isHeard: (status) => status < 300,
  waitAfter: (tries) => (tries > RETRIES ? null : RETRY_MS),
  failingTooLongMs: null,
}

const isTold = ({ quality, qualities }: Record<string, unknown>) => typeof quality !== 'string' || !Array.isArray(qualities) || isToldFirst(quality, qualities)

function spellData({ video_id: videoId, live_stream_id: liveStreamId, kind, quality }: Record<string, unknown>) {
  return {
    ...(typeof videoId === 'string' ? { videoId: spellId('vi', videoId) } : {}),
    ...(typeof liveStreamId === 'string' ? { liveStreamId: spellId('li', liveStreamId) } : {}),
    ...(typeof kind === 'string' ? { encoding: kind } : {}),
    ...(typeof quality === 'string' ? { quality: spellQuality(quality) } : {}),
  }
}

const hexOf = (base64: string) => Array.from(atob(base64), (letter) => letter.charCodeAt(0).toString(16).padStart(2, '0')).join('')
