/** Counters of this host in Prometheus' form. Nothing here names a video, an account or an address. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

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
/** Its `result="lost"` above says how many; this says why. */
export const leasesLost = counter('leases_lost_total', 'Jobs dropped because their lease was lost, could not be renewed (silent), or their work cancelled.', ['why'])
export const framesMade = counter('frames_total', 'Frames encoded, over all rungs.', ['encoder'])
export const uploadRetries = counter('upload_retries_total', 'Uploads to the object store that had to be repeated.')
export const ffmpegRestarts = counter('ffmpeg_restarts_total', 'Runs of ffmpeg beyond the first of a chunk: from further back (frames), or with less of the graphics card (card).', ['why'])
export const gpuLost = counter('gpu_lost_total', 'Times the graphics card could less than before.')
export const queueWait = new Histogram({
  name: 'avocet_queue_wait_seconds',
  help: 'How long a job was ready before this host got it.',
  labelNames: ['kind'],
  buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600],
  registers: [registry],
})
export const unfitGauge = new Gauge({ name: 'avocet_unfit', help: '1 while this host claims nothing because of its disk or clock.', labelNames: ['why'], registers: [registry] })
export const runningGauge = new Gauge({ name: 'avocet_jobs_running', help: 'Jobs being worked on.', registers: [registry] })
