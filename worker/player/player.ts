/** The player page's entry: reads what the page was given, opens a session, then brings the controls and the engine. */
import './player.css'
import type { PlayerPage } from '@avocet/shared/playback'
import { explain, showError } from './errors.ts'
import { openSession, Refused } from './session.ts'

const root = document.getElementById('player') as HTMLElement
const page = JSON.parse(document.getElementById('avocet')?.textContent ?? '{}') as PlayerPage
const RETRY_MS = 3_000

function setState(state: 'loading' | 'preparing' | 'ready' | 'playing' | 'error'): void {
  root.dataset.state = state
}

async function start(): Promise<void> {
  setState('loading')
  const { preset } = page
  root.style.setProperty('--accent', preset.accent_color)
  document.body.style.background = preset.background_color
  const controls = import('./controls.ts')
  for (;;) {
    try {
      const session = await openSession(page)
      const { buildPlayer } = await controls
      await buildPlayer(root, page, session, setState)
      return
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'not_ready') throw error
      setState('preparing')
      root.replaceChildren(notice('This video is being prepared. It starts by itself.'))
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
}

function notice(text: string): HTMLElement {
  const element = document.createElement('p')
  element.className = 'notice'
  element.setAttribute('role', 'status')
  element.textContent = text
  return element
}

start().catch((error) => {
  setState('error')
  showError(root, explain(error))
})
