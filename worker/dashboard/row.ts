import type { Progress } from '../uploader/uploader.ts'
import { leftText, sizeText } from './format.ts'

export interface Action {
  label: string
  run(): void
}

/** One upload in the list. */
export interface Row {
  element: HTMLLIElement
  progress(progress: Progress): void
  /** Ends or interrupts it with a sentence; `fraction` null takes the bar away. */
  say(state: 'done' | 'failed' | 'left', text: string, fraction: number | null): void
  actions(actions: readonly (Action | { label: string; href: string })[]): void
}

const STATES: Record<Progress['state'], string> = {
  starting: 'Starting …',
  uploading: '',
  waiting: 'The network falters. Trying again …',
  offline: 'Offline. It goes on when the network is back.',
  paused: 'Paused',
  finishing: 'Finishing …',
}

export function uploadRow(name: string, sizeBytes: number): Row {
  const element = document.createElement('li')
  element.className = 'row'
  const title = element.appendChild(document.createElement('p'))
  title.className = 'name'
  title.textContent = name
  title.title = name
  const state = element.appendChild(document.createElement('p'))
  state.className = 'state'
  const buttons = element.appendChild(document.createElement('div'))
  buttons.className = 'actions'
  const bar = element.appendChild(document.createElement('progress'))
  bar.max = 1
  bar.setAttribute('aria-label', name)
  bar.value = 0

  return {
    element,
    progress(now) {
      element.dataset.state = now.state
      bar.hidden = false
      bar.value = now.sentBytes / now.sizeBytes
      const gone = `${sizeText(now.sentBytes)} of ${sizeText(now.sizeBytes)}`
      const speed = now.bytesPerSecond === null ? '' : ` · ${sizeText(now.bytesPerSecond)}/s`
      const left = now.secondsLeft === null ? '' : ` · ${leftText(now.secondsLeft)}`
      state.textContent = now.state === 'uploading' ? `${gone}${speed}${left}` : now.state === 'starting' ? STATES.starting : `${STATES[now.state]}${now.state === 'finishing' ? '' : ` · ${gone}`}`
    },
    say(kind, text, fraction) {
      element.dataset.state = kind
      state.textContent = `${text.replace(/\.$/, '')} · ${sizeText(sizeBytes)}`
      bar.hidden = fraction === null
      if (fraction !== null) bar.value = fraction
    },
    actions(actions) {
      const focused = buttons.contains(document.activeElement)
      buttons.replaceChildren(...actions.map((action) => ('href' in action ? link(action) : button(action, name))))
      // Whoever steers by keyboard keeps their place when a button changes its meaning.
      if (focused) (buttons.firstElementChild as HTMLElement | null)?.focus()
    },
  }
}

function link({ label, href }: { label: string; href: string }): HTMLAnchorElement {
  const made = document.createElement('a')
  made.href = href
  made.textContent = label
  return made
}

function button({ label, run }: Action, name: string): HTMLButtonElement {
  const made = document.createElement('button')
  made.type = 'button'
  made.textContent = label
  made.setAttribute('aria-label', `${label}: ${name}`)
  made.addEventListener('click', run)
  return made
}
