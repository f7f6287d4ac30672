/** The objects of one job. Both drivers pass the suite of test/transcoder/objectStore.test.ts. */
export interface ObjectStore {
  /** Bytes [start, end) of an object. Throws when it is missing or shorter. */
  read(key: string, start: number, end: number, signal?: AbortSignal): Promise<Uint8Array>
  /** The whole object. */
  readAll(key: string, signal?: AbortSignal): Promise<Uint8Array>
  /** Stores an object; resolves only when the store acknowledged these very bytes. */
  write(key: string, bytes: Uint8Array, contentType: string, signal?: AbortSignal): Promise<void>
  /** Stores a file, however large, that is not empty. Nothing is there until it is whole. */
  writeFile(key: string, path: string, contentType: string, signal?: AbortSignal): Promise<void>
}

/** A store bound to a lease: what it may touch, and until when, the lease says. */
export type OpenStore = (lease: { id: string; epoch: number }) => ObjectStore
