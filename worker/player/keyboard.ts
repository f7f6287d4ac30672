import type { MediaController } from 'media-chrome/dist/media-controller.js'

const SCROLLING = new Set([' ', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'])

/**
 * Shortcuts are media-chrome's own (space k m f c j l p, arrows, < > ?), which hears them only while focus is inside it.
 * This page is nothing but the player, so they count wherever focus is; 0 to 9 jump to that tenth.
 */
export function addShortcuts(controller: MediaController, video: HTMLVideoElement, durationSeconds: () => number): void {
  const inside = (event: Event) => event.composedPath().includes(controller)
  document.addEventListener(
    'keydown',
    (event) => {
      // Ctrl+F is the browser's, not fullscreen.
      if (event.ctrlKey) return event.stopPropagation()
      if (event.metaKey || event.altKey) return
      if (/^[0-9]$/.test(event.key)) video.currentTime = (durationSeconds() * Number(event.key)) / 10
      else if (!inside(event) && SCROLLING.has(event.key) && !isButton(event)) event.preventDefault()
    },
    true,
  )
  document.addEventListener('keyup', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || inside(event) || isButton(event)) return
    controller.keyboardShortcutHandler(event)
  })
}

/** A focused button or link outside the controller (logo, unmute) takes space and enter itself. */
const isButton = (event: KeyboardEvent) => event.target instanceof Element && event.target.closest('a, button') !== null
