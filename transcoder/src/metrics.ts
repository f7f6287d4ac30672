/** Counters of this host in Prometheus' form. Nothing here names a video, an account or an address. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'

export const registry = new Registry()
collectDefaultMetrics({ register: registry, prefix: 'avocet_' })

const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
  new Counter({ name: `avocet_${name}`, help, labelNames: [...labelNames], registers: [registry] })

export const jobsEnded = counter('jobs_ended_total', 'Jobs by kind and how they ended: done, failed, released, lost.', ['kind', 'result'])
/** Media seconds over wall seconds is the speed of the host. */
export const mediaSeconds = counter('media_seconds_total', 'Seconds of video or sound made by finished jobs.', ['kind'])
export const wallSeconds = counter('job_seconds_total', 'Seconds that finished jobs took.', ['kind'])
export const uploadedBytes = counter('uploaded_bytes_total', 'Bytes the object store acknowledged.')
export const storageErrors = counter('storage_errors_total', 'Requests to the object store that failed for good.', ['operation'])
export const apiErrors = counter('api_errors_total', 'Calls to the server that failed, repeated ones included.', ['call'])
export const ffmpegRuns = counter('ffmpeg_runs_total', 'Runs of ffmpeg by how they ended.', ['result'])
export const runningGauge = new Gauge({ name: 'avocet_jobs_running', help: 'Jobs being worked on.', registers: [registry] })
