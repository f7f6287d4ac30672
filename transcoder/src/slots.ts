/** Takes a slot, waiting for one to be free; the returned function gives it back, once. Null when `signal` aborted first. */
export type Slots = (signal: AbortSignal) => Promise<(() => void) | null>

/** So many may hold a slot at the same time; who asked first gets one first. */
export function slots(count: number): Slots {
  let free = count
  const waiting = new Set<() => void>()
  const give = () => {
    const next = waiting.values().next().value
    if (next) next()
    else free++
  }
  const once = () => {
    let held = true
    return () => {
      if (held) give()
      held = false
    }
  }
  return (signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve(null)
      if (free > 0) {
        free--
        return resolve(once())
      }
      const stop = () => {
        waiting.delete(take)
        resolve(null)
      }
      const take = () => {
        waiting.delete(take)
        signal.removeEventListener('abort', stop)
        resolve(once())
      }
      signal.addEventListener('abort', stop, { once: true })
      waiting.add(take)
    })
}
