import { stat } from 'node:fs/promises'
import { storageErrors, uploadedBytes } from '../metrics.ts'
import type { ObjectStore } from './port.ts'

/** The same store, its traffic counted. */
export function counted(store: ObjectStore): ObjectStore {
  const noting = async <T>(operation: 'read' | 'write', signal: AbortSignal | undefined, work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      if (!signal?.aborted) storageErrors.inc({ operation })
      throw error
    }
  }
  return {
    read: (key, start, end, signal) => noting('read', signal, store.read(key, start, end, signal)),
    readAll: (key, signal) => noting('read', signal, store.readAll(key, signal)),
    async write(key, bytes, contentType, signal) {
      await noting('write', signal, store.write(key, bytes, contentType, signal))
      uploadedBytes.inc(bytes.length)
    },
    async writeFile(key, path, contentType, signal) {
      await noting('write', signal, store.writeFile(key, path, contentType, signal))
      uploadedBytes.inc((await stat(path)).size)
    },
  }
}
