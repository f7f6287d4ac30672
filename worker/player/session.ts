import type { PlaybackSession, PlayerPage } from '@avocet/shared/playback'

/** Renewals that follow each other faster than this do not help: the refusal is not about the token's age. */
const RENEWAL_GAP_MS = 5_000
const RETRY_MS = 30_000

/** The server's word that this viewer may not, or not yet, play. */
export class Refused extends Error {
  readonly status: number
  readonly code: string
  readonly requestId: string | null

  constructor(status: number, body: { error?: string; code?: string; request_id?: string }) {
    super(body.error ?? '')
    this.status = status
    this.code = body.code ?? 'unknown'
    this.requestId = body.request_id ?? null
  }
}

/** Opens a playback session; the page's ticket proves that the domain check was passed. Throws `Refused`, or TypeError without a network. */
export async function openSession(page: Pick<PlayerPage, 'embedToken' | 'ticket'>): Promise<PlaybackSession> {
  const response = await fetch(`/api/stream/${page.embedToken}/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ticket: page.ticket }),
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
  /** False right after a renewal. */
  mayRenew(): boolean
  /** Resolves when no renewal is under way. Never rejects. */
  settled(): Promise<void>
}

/** Keeps the token fresh without a reload, from 80 % of its life on; `onRenewed` may then re-address what it holds. */
export function keepSession(page: PlayerPage, first: PlaybackSession, onRenewed: (session: PlaybackSession) => void): SessionKeeper {
  let current = first
  let renewedAt = Number.NEGATIVE_INFINITY
  let renewing: Promise<void> | null = null
  let timer: ReturnType<typeof setTimeout>

  const renewIn = (delayMs: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => renew().catch((error) => error instanceof Refused || renewIn(RETRY_MS)), delayMs)
  }
  const renew = () => {
    renewing ??= openSession(page)
      .then((session) => {
        current = session
        renewedAt = performance.now()
        renewIn(session.expires_in * 800)
        onRenewed(session)
      })
      .finally(() => {
        renewing = null
      })
    return renewing
  }
  renewIn(first.expires_in * 800)
  return {
    get current() {
      return current
    },
    fresh: (url) => url.replace(/\/p\/[^/]+\//, `/p/${current.playlist_token}/`),
    renew,
    mayRenew: () => renewing !== null || performance.now() - renewedAt > RENEWAL_GAP_MS,
    settled: async () => {
      await renewing?.catch(() => {})
    },
  }
}
