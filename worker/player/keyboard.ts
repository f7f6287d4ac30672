import type { MediaController } from 'media-chrome/dist/media-controller.js'

/** Seconds each key moves the picture. media-chrome's own would count from the last place shown, so quick taps would add up to one. */
const JUMPS: Readonly<Record<string, number>> = { j: -10, l: 10, ArrowLeft: -5, ArrowRight: 5 }
const SCROLLING = new Set([' ', 'ArrowUp', 'ArrowDown'])

/**
 * Space k m f c p, arrows up and down, < > and ? are media-chrome's own, which hears them only while focus is inside it. This page is
 * nothing but the player, so they count wherever focus is. Ours: j l, arrows left and right, and 0 to 9 for that tenth of the video.
 */
export function addShortcuts(controller: MediaController, video: HTMLVideoElement, durationSeconds: () => number): void {
  controller.setAttribute('hotkeys', 'noj nol noarrowleft noarrowright')
  const inside = (event: Event) => event.composedPath().includes(controller)
  document.addEventListener(
    'keydown',
    (event) => {
      // Ctrl+F is the browser's, not fullscreen.
      if (event.ctrlKey) return event.stopPropagation()
      if (event.metaKey || event.altKey || usesItself(event)) return
      const jump = JUMPS[event.key]
      if (jump) video.currentTime = Math.min(Math.max(0, video.currentTime + jump), durationSeconds())
      else if (/^[0-9]$/.test(event.key)) video.currentTime = (durationSeconds() * Number(event.key)) / 10
      else if (inside(event) || !SCROLLING.has(event.key)) return
      event.preventDefault()
    },
    true,
  )
  document.addEventListener('keyup', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || inside(event) || usesItself(event)) return
    controller.keyboardShortcutHandler(event)
  })
}

/** Whether the focused element has its own use for the key: a slider the arrows; a link or button outside the controller space and enter. */
function usesItself({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false
  if (target.matches('a, button')) return key === ' ' || key === 'Enter'
  return target.matches('media-time-range, media-volume-range') && key.startsWith('Arrow')
}
