/** The site's own ports over a database and an object store that fail when told: before a call reaches them, or after it went through and its answer got lost. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { makeDeps } from '../../worker/src/deps.ts'
import type { Deps } from '../../worker/src/domain/ports.ts'
import type { Env } from '../../worker/src/env.ts'

export type Store = 'D1' | 'R2'
export interface Trouble {
  store: Store
  when: 'before' | 'after'
  /** How many calls go well first. */
  skip: number
}
export interface TroubledSite {
  deps: Deps
  /** What happens next; null: nothing. One call fails, then all is well again. */
  next: Trouble | null
  /** Calls that failed. */
  failed: number
}

const CHANGES = { D1: ['batch'], R2: ['createMultipartUpload', 'uploadPart', 'complete', 'abort', 'get', 'head', 'put', 'delete'] } as const
/** As the platforms word it. */
const WORDS = { D1: 'D1_ERROR: Network connection lost.', R2: 'put: Unspecified error (0)' } as const

/** `now` in the place of the clock. */
export function troubledSite(now: () => number): TroubledSite {
  const site: TroubledSite = { deps: null as unknown as Deps, next: null, failed: 0 }
  const { DB, MEDIA, ...rest } = env as unknown as Env & Record<string, unknown>
  const bindings = { ...rest, DB: troubled('D1', DB), MEDIA: troubled('R2', MEDIA) } as unknown as Env
  const made = makeDeps(bindings, createExecutionContext(), null)
  // Nobody is woken, and what goes on after the answer is waited for by nobody.
  site.deps = { ...made, now, dispatcher: { ...made.dispatcher, wake: async () => {} }, defer: (work) => void work.catch(() => {}) }
  return site

  function troubled<T extends object>(store: Store, target: T): T {
    return new Proxy(target, {
      get(_, name) {
        const value = Reflect.get(target, name, target) as unknown
        if (typeof value !== 'function') return value
        const call = (...args: unknown[]) => {
          const result = (value as (...all: unknown[]) => unknown).apply(target, args)
          return name === 'resumeMultipartUpload' ? troubled(store, result as object) : result
        }
        return (CHANGES[store] as readonly string[]).includes(String(name)) ? failing(store, call) : call
      },
    })
  }

  function failing(store: Store, call: (...args: unknown[]) => unknown) {
    return async (...args: unknown[]) => {
      const trouble = site.next?.store === store && site.next.skip-- <= 0 ? site.next : null
      if (!trouble) return call(...args)
      ;[site.next, site.failed] = [null, site.failed + 1]
      if (trouble.when === 'after') await call(...args)
      else await (args.find((arg) => arg instanceof ReadableStream) as ReadableStream | undefined)?.cancel().catch(() => {})
      throw new Error(WORDS[store])
    }
  }
}
