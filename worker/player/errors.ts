import { DENIALS } from '@avocet/shared/denials'
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

/** Refusals, and what goes wrong in the browser itself. */
const WORDS: Record<string, readonly [title: string, text: string]> = {
  ...DENIALS,
  network: ['No connection', 'Check your network, then try again.'],
  media: ['The video cannot be played', 'Your browser could not decode it.'],
  unknown: SOMETHING_WRONG,
}
const LASTING = new Set([
  'token_expired',
  'token_revoked',
  'invalid_token',
  'view_limit_reached',
  'limits_need_encryption',
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
