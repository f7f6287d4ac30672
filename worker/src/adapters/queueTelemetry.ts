import type { Telemetry } from '../domain/platform.ts'
import type { TelemetryMessage } from '../env.ts'

/** Beacons as queue messages; the consumer (index.ts) adds them up, so D1 sees one write per video and batch. */
export function queueTelemetry(queue: Queue<TelemetryMessage>): Telemetry {
  return {
    view: async (videoId, sessionId) => {
      await queue.send({ type: 'view', videoId, sessionId })
    },
  }
}
