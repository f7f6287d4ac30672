import { Fault } from '@avocet/shared/fault'
import type { Deps } from '../ports.ts'
import type { ImportId } from './import.ts'

const LOOK_EVERY_MS = 5_000

/** A body that fails with gone `import_ended` soon after its import was cancelled: a slow server is not listened to for nothing. */
export function whileFetching(deps: Deps, id: ImportId, body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let lookedAt = deps.now()
  return new ReadableStream(
    {
      async pull(controller) {
        const { value, done } = await reader.read()
        if (done) return controller.close()
        controller.enqueue(value)
        if (deps.now() - lookedAt < LOOK_EVERY_MS) return
        lookedAt = deps.now()
        if ((await deps.imports.findAny(id))?.state === 'fetching') return
        void reader.cancel().catch(() => {})
        throw new Fault('gone', 'The import has ended.', { reason: 'import_ended' })
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
