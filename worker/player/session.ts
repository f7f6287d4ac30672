import type { PlaybackSession, PlayerPage } from '@avocet/shared/playback'

/** The server's word that this viewer may not, or not yet, play. */
export class Refused extends Error {
  readonly code: string
  readonly requestId: string | null

  constructor(message: string, code: string, requestId: string | null) {
    super(message)
    this.code = code
    this.requestId = requestId
  }
}

/** Opens a playback session; shows the page's ticket as proof of the domain check. */
export async function openSession(page: PlayerPage): Promise<PlaybackSession> {
  const response = await fetch(`/api/stream/${page.embedToken}/token`, { method: 'POST', body: JSON.stringify({ ticket: page.ticket }) })
  const body = await response.json().catch(() => ({}))
  if (response.ok) return body as PlaybackSession
  throw new Refused(body.error ?? 'The video cannot be played.', body.code ?? 'unknown', body.request_id ?? null)
}

/** Keeps the session's token fresh without a reload: at 80 % of its life, and at once when the server refuses it. */
export class SessionKeeper {
  private session: PlaybackSession
  private readonly page: PlayerPage
  private renewing: Promise<void> | null = null

  constructor(page: PlayerPage, session: PlaybackSession) {
    this.page = page
    this.session = session
    this.schedule()
  }

  get current(): PlaybackSession {
    return this.session
  }

  /** The same address under the newest token: playlists name keys and each other relative to the one they came with. */
  fresh(url: string): string {
    return url.replace(/\/p\/[^/]+\//, `/p/${this.session.playlist_token}/`)
  }

  /** Fetches a new token; callers at the same time share one request. */
  renew(): Promise<void> {
    this.renewing ??= openSession(this.page)
      .then((session) => {
        this.session = session
        this.schedule()
      })
      .finally(() => {
        this.renewing = null
      })
    return this.renewing
  }

  private schedule(): void {
    setTimeout(() => void this.renew().catch(() => {}), this.session.expires_in * 800)
  }
}
