import type { JobLease } from '@avocet/shared/job'
import type { HostEncoders } from '../hostEncoders.ts'
import type { Tools } from '../media/ffmpeg.ts'
import type { SourceServer } from '../sourceServer.ts'
import type { ObjectStore } from '../objectStore/port.ts'

/** What a step works with. `signal` aborts when the lease is lost or the daemon stops. */
export interface StepContext {
  tools: Tools
  lease: JobLease
  store: ObjectStore
  /** Loopback address of the source, served by ranges. */
  sourceUrl: string
  /** Throws JobFailure if a read of the source failed. To be called before a result is believed. */
  checkSource(): void
  /** Serves what is made while it is read to ffmpeg (sourceServer.ts). */
  openStream: SourceServer['openStream']
  /** Empty folder, removed afterwards. */
  scratchDir: string
  signal: AbortSignal
  encoders: Pick<HostEncoders, 'routes' | 'nvenc' | 'failed'>
  /** To be called when the machine is free for other work: all that is left is the network's. */
  encoded(): void
  /** 0 to 1; sent with the next heartbeat. */
  progress(done: number): void
}

/** Generous: a host ten times slower than real time still finishes. */
export const ceilingMs = (seconds: number): number => Math.max(10 * 60_000, seconds * 20_000)
