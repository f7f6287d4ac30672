/** The player page's entry. Kept small: it opens a session while the controls and the engine are still on their way. */
import './controls.css'
// Last: what it says of small frames and of motion overrides the rest.
import './player.css'
import type { PlaybackSession, PlayerPage } from '@avocet/shared/playback'
import { textColourOn } from './colour.ts'
import { element } from './element.ts'
import { loadEngine } from './engine.ts'
import { explain, showError } from './errors.ts'
import { fromParent, tellParent } from './parentFrame.ts'
import { openSession, Refused } from './session.ts'
import { wished } from './wishes.ts'

/** What `data-state` on the root says; pages' own scripts and tests may watch it. */
export type PlayerState = 'loading' | 'preparing' | 'ready' | 'playing' | 'error'

const PREPARING_POLL_MS = 3_000
const root = document.getElementById('player') as HTMLElement

function setState(state: PlayerState): void {
  root.dataset.state = state
}

function fail(error: unknown): void {
  setState('error')
  const explained = explain(error)
  showError(root, explained)
  const tell = () => tellParent('error', { code: explained.code, msg: explained.title })
  tell()
  // A page that listens only now asks whether we are ready.
  window.addEventListener('message', (event) => fromParent(event)?.value === 'ready' && tell())
}

async function start(): Promise<void> {
  setState('loading')
  const given = JSON.parse(document.getElementById('avocet')?.textContent ?? '') as PlayerPage
  const page = { ...given, preset: wished(given.preset, location) }
  const { accent_color, background_color, theme } = page.preset
  root.style.setProperty('--accent', accent_color)
  root.style.setProperty('--on-accent', textColourOn(accent_color))
  root.style.setProperty('--background', background_color)
  for (const [part, colour] of Object.entries(theme)) if (colour) root.style.setProperty(`--theme-${part.replaceAll('_', '-')}`, colour)
  const parts = Promise.all([import('./mount.ts'), loadEngine()])
  // Its failure is met below; while the session is awaited it must not count as unhandled.
  parts.catch(() => {})
  const session = await sessionOnceReady(page)
  const [{ mount }, attach] = await parts
  setState('loading')
  mount({ root, page, session, attach, setState, fail })
}

/** Opens the session; while the video is still being prepared, says so and asks again. */
async function sessionOnceReady(page: PlayerPage): Promise<PlaybackSession> {
  for (;;) {
    try {
      return await openSession(page)
    } catch (error) {
      const waiting = root.dataset.state === 'preparing'
      const preparing = error instanceof Refused && (error.code === 'not_ready' || error.status === 409)
      // Once waiting, a lost connection is no reason to give up.
      if (!preparing && !(waiting && !(error instanceof Refused))) throw error
      if (!waiting) showPreparing()
      if (error instanceof Refused) showProgress(error.progress)
      await new Promise((resolve) => setTimeout(resolve, PREPARING_POLL_MS))
    }
  }
}

function showPreparing(): void {
  setState('preparing')
  root.replaceChildren(
    element('div', { class: 'panel', role: 'status' }, [
      element('div', { class: 'spinner', 'aria-hidden': 'true' }),
      element('h1', {}, ['This video is being prepared']),
      element('p', {}, ['It will be ready to play here in a moment.']),
      element('progress', { max: '1', 'aria-label': 'Prepared so far', hidden: '' }),
    ]),
  )
}

/** How near the first picture is. Never backwards: another host may have begun anew. */
function showProgress(progress: number): void {
  const bar = root.querySelector('progress')
  if (!bar || !(progress > bar.value)) return
  bar.value = progress
  bar.hidden = false
}

start().catch(fail)
