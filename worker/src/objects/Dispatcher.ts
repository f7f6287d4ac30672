import { DurableObject } from 'cloudflare:workers'

/** Holds agents' long-polls and wakes them when work may exist. Keeps nothing: D1 decides, agents ask again. */
export class Dispatcher extends DurableObject {
  private waiting = new Set<() => void>()

  /** Resolves at the next `wake`, or after `ms`. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.waiting.delete(done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.waiting.add(done)
    })
  }

  wake(): void {
    for (const done of [...this.waiting]) done()
  }
}
