import { element } from './element.ts'

const MIN_STAY_MS = 30_000
const MAX_STAY_MS = 60_000

/**
 * Text over the picture that moves every 30 to 60 s and comes back when it is removed or altered.
 * It deters and tells who leaked; it cannot stop a viewer who edits the page's own script. Returns what takes it away for good.
 */
export function addWatermark(parent: HTMLElement, template: string): () => void {
  let mark = makeMark(template)
  let timer: ReturnType<typeof setTimeout>
  const watched = { childList: true, subtree: true, attributes: true, characterData: true }
  const onParent = new MutationObserver(() => {
    if (mark.parentElement !== parent) restore()
  })
  const onMark = new MutationObserver(() => restore())
  const restore = () => {
    onMark.disconnect()
    mark.remove()
    mark = makeMark(template)
    parent.append(mark)
    onMark.observe(mark, watched)
  }
  const moveLater = () => {
    timer = setTimeout(
      () => {
        mark.textContent = fill(template)
        place(mark)
        onMark.takeRecords()
        moveLater()
      },
      MIN_STAY_MS + Math.random() * (MAX_STAY_MS - MIN_STAY_MS),
    )
  }
  restore()
  onParent.observe(parent, { childList: true })
  moveLater()
  return () => {
    clearTimeout(timer)
    onParent.disconnect()
    onMark.disconnect()
    mark.remove()
  }
}

function makeMark(template: string): HTMLElement {
  const mark = element('div', { class: 'watermark', 'aria-hidden': 'true' }, [fill(template)])
  place(mark)
  return mark
}

function fill(template: string): string {
  return template.replaceAll('{time}', new Date().toLocaleString([], { dateStyle: 'short', timeStyle: 'short' }))
}

/** Anywhere in the picture, clear of the controls at the bottom. */
function place(mark: HTMLElement): void {
  mark.style.insetInlineStart = `${5 + Math.random() * 45}%`
  mark.style.insetBlockStart = `${8 + Math.random() * 62}%`
}
