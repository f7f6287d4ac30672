import { element } from './element.ts'

const MOVE_MS = 40_000
const TICK_MS = 1_000

/** Text over the picture that moves and comes back when it is removed. It deters; a determined viewer can still cut it out. */
export function addWatermark(parent: HTMLElement, template: string): void {
  let mark = make()
  parent.append(mark)
  setInterval(() => {
    mark.textContent = fill(template)
  }, TICK_MS)
  setInterval(() => place(mark), MOVE_MS)
  new MutationObserver(() => {
    const shown = mark.isConnected && mark.parentElement === parent && !mark.hidden && mark.style.length <= 2
    if (shown) return
    mark.remove()
    mark = make()
    parent.append(mark)
  }).observe(parent, { childList: true, subtree: true, attributes: true, attributeFilter: ['style', 'hidden', 'class'] })

  function make(): HTMLElement {
    const made = element('div', { class: 'watermark', 'aria-hidden': 'true', slot: 'middle-chrome', noautohide: '' }, [fill(template)])
    place(made)
    return made
  }
}

const fill = (template: string) => template.replaceAll('{time}', new Date().toISOString().slice(0, 19).replace('T', ' '))

function place(mark: HTMLElement): void {
  mark.style.left = `${10 + Math.random() * 50}%`
  mark.style.top = `${15 + Math.random() * 60}%`
}
