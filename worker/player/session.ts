import type { PlaybackSession, PlayerPage } from '@avocet/shared/playback'

/** Renewals that follow each other faster than this do not help: the refusal is not about the token's age. */
const RENEWAL_GAP_MS = 5_000
const RETRY_MS = 30_000
/** Tokens that end with their link grow ever shorter; asking more often than this would help nobody. */
const SHORTEST_MS = 2_000
/** Answers that will not change by asking again. */
const FINAL = new Set([401, 403, 404, 410, 422])

/** The server's word that this viewer may not, or not yet, play. */
export class Refused extends Error {
  readonly status: number
  readonly code: string
  readonly requestId: string | null
  /** While a video is being prepared: how near it is, 0 to 1. */
  readonly progress: number

  constructor(status: number, body: { error?: string; code?: string; request_id?: string; progress?: number }) {
    super(body.error ?? '')
    this.status = status
    this.code = body.code ?? 'unknown'
    this.requestId = body.request_id ?? null
    this.progress = body.progress ?? 0
  }
}

/**
 * Opens a playback session, or goes on with one: `earlier` keeps its place, encode and playlist type. The page's ticket proves that the
 * domain check was passed. Throws `Refused`, or TypeError without a network.
 */
export async function openSession(page: Pick<PlayerPage, 'embedToken' | 'ticket'>, earlier?: PlaybackSession): Promise<PlaybackSession> {
  const response = await fetch(`/api/stream/${page.embedToken}/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ticket: page.ticket, playlist_token: earlier?.playlist_token }),
  })
  const body = await response.json().catch(() => ({}))
  if (response.ok) return body as PlaybackSession
  throw new Refused(response.status, body)
}

export interface SessionKeeper {
  readonly current: PlaybackSession
  /** The same address under the newest token: playlists name each other and their keys relative to the token they came with. */
  fresh(url: string): string
  /** Fetches a new token; callers at the same time share one request. Rejects as `openSession` does. */
  renew(): Promise<void>
  /** False right after a renewal, and once the server has refused one for good. */
  mayRenew(): boolean
  /** Resolves when no renewal is under way. Never rejects. */
  settled(): Promise<void>
  close(): void
}

export interface KeeperEvents {
  /** The time to re-address what still holds the old token. */
  onRenewed(): void
  /** The viewer's right to play has ended. */
  onRefused(reason: Refused): void
}

/** Keeps the token fresh without a reload, from 80 % of its life on. */
export function keepSession(page: PlayerPage, first: PlaybackSession, { onRenewed, onRefused }: KeeperEvents): SessionKeeper {
  let current = first
  let renewedAt = Number.NEGATIVE_INFINITY
  let ended = false
  let renewing: Promise<void> | null = null
  let timer: ReturnType<typeof setTimeout>

  const renewIn = (delayMs: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => void renew().catch(() => ended || renewIn(RETRY_MS)), delayMs)
  }
  const open = async () => {
    try {
      current = await openSession(page, current)
      renewedAt = performance.now()
      renewIn(Math.max(SHORTEST_MS, current.expires_in * 800))
      onRenewed()
    } catch (error) {
      if (error instanceof Refused && FINAL.has(error.status) && !ended) {
        ended = true
        onRefused(error)
      }
      throw error
    } finally {
      renewing = null
    }
  }
  const renew = () => {
    renewing ??= open()
    return renewing
  }
  renewIn(first.expires_in * 800)
  return {
    get current() {
      return current
    },
    fresh: (url) => url.replace(/\/p\/[^/]+\//, `/p/${current.playlist_token}/`),
    renew,
    mayRenew: () => !ended && (renewing !== null || performance.now() - renewedAt > RENEWAL_GAP_MS),
    settled: async () => {
      await renewing?.catch(() => {})
    },
    close() {
      ended = true
      clearTimeout(timer)
    },
  }
}
