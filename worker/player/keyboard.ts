/** Keys beside media-chrome's own (space, k, m, f, c, arrows left and right): j and l, up and down, digits, < and >. */
export function addShortcuts(target: HTMLElement, video: HTMLVideoElement): void {
  const seek = (seconds: number) => {
    video.currentTime = Math.max(0, Math.min(video.duration || 0, video.currentTime + seconds))
  }
  const louder = (step: number) => {
    video.volume = Math.max(0, Math.min(1, video.volume + step))
  }
  const faster = (step: number) => {
    video.playbackRate = Math.max(0.25, Math.min(2, video.playbackRate + step))
  }
  const keys: Record<string, () => void> = {
    j: () => seek(-10),
    l: () => seek(10),
    ArrowUp: () => louder(0.1),
    ArrowDown: () => louder(-0.1),
    '<': () => faster(-0.25),
    '>': () => faster(0.25),
  }
  target.addEventListener('keydown', (event) => {
    const from = event.target as HTMLElement
    // Ranges and menus use arrows and digits themselves.
    if (event.ctrlKey || event.metaKey || event.altKey || /range|menu/i.test(from.tagName)) return
    const action = keys[event.key] ?? (/^\d$/.test(event.key) ? () => (video.currentTime = ((video.duration || 0) * Number(event.key)) / 10) : null)
    if (!action) return
    action()
    event.preventDefault()
  })
}
