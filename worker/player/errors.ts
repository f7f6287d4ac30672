import { element } from './element.ts'
import { Refused } from './session.ts'

/** What a viewer is told, and what support needs to find out more. */
export interface Explained {
  title: string
  text: string
  code: string
  requestId: string | null
  /** Whether trying again may help. */
  retry: boolean
}

const SOMETHING_WRONG = ['Something went wrong', 'The video cannot be played right now.'] as const

/** Refusals in a viewer's words. A code not listed shows the server's own sentence. */
const WORDS: Record<string, readonly [title: string, text: string]> = {
  token_expired: ['This link has expired', 'Ask whoever shared the video for a new one.'],
  token_not_yet_valid: ['Not available yet', 'This link opens at a later time.'],
  invalid_token: ['This link is not valid', 'Ask whoever shared the video for a new one.'],
  token_revoked: ['Access has been withdrawn', 'This link no longer opens the video.'],
  token_required: ['This video is private', 'Ask its owner for a link.'],
  domain_not_allowed: ['Not available on this site', 'The owner of this video has not allowed it to be played here.'],
  too_many_viewers: ['Too many screens', 'This video is playing on as many screens as are allowed. Stop it on one, wait two minutes, then try again.'],
  view_limit_reached: ['No views left', 'This link has been used as often as it may be.'],
  country_not_allowed: ['Not available in your country', 'The owner of this video has not made it available where you are.'],
  ip_not_allowed: ['Not available on this network', 'The owner of this video allows it on other networks only.'],
  embed_not_found: ['Video not found', 'It does not exist or has been removed.'],
  video_not_found: ['Video not found', 'It does not exist or has been removed.'],
  video_failed: ['This video could not be processed', 'Its owner can see why, and upload it again.'],
  not_ready: ['This video is being prepared', 'Try again in a moment.'],
  playback_token_invalid: ['Your session has ended', 'Reload to go on watching.'],
  rate_limited: ['Too many requests', 'Wait a moment, then try again.'],
  network: ['No connection', 'Check your network, then try again.'],
  media: ['The video cannot be played', 'Your browser could not decode it.'],
  unknown: SOMETHING_WRONG,
}
const LASTING = new Set([
  'token_expired',
  'token_revoked',
  'invalid_token',
  'view_limit_reached',
  'country_not_allowed',
  'token_required',
  'domain_not_allowed',
  'embed_not_found',
  'video_not_found',
  'video_failed',
  'media',
])

/** The engine's reasons to stop, beside `Refused`. */
export class PlaybackFailure extends Error {
  readonly code: 'network' | 'media'

  constructor(code: 'network' | 'media', message: string) {
    super(message)
    this.code = code
  }
}

/** Any failure in plain words. */
export function explain(error: unknown): Explained {
  const code = codeOf(error)
  const [title, text] = WORDS[code] ?? [SOMETHING_WRONG[0], (error as Error).message || SOMETHING_WRONG[1]]
  return { title, text, code, requestId: error instanceof Refused ? error.requestId : null, retry: !LASTING.has(code) }
}

function codeOf(error: unknown): string {
  if (error instanceof Refused || error instanceof PlaybackFailure) return error.code
  // fetch and import() fail so without a network.
  return error instanceof TypeError ? 'network' : 'unknown'
}

/** Puts a failure where the picture would be; screen readers announce it. */
export function showError(root: HTMLElement, { title, text, code, requestId, retry }: Explained): void {
  const again = element('button', { type: 'button' }, ['Try again'])
  again.addEventListener('click', () => location.reload())
  root.replaceChildren(
    element('div', { class: 'panel', role: 'alert', 'data-code': code }, [
      element('h1', {}, [title]),
      element('p', {}, [text]),
      ...(retry ? [again] : []),
      element('small', {}, [requestId ? `${code} · ${requestId}` : code]),
    ]),
  )
}
