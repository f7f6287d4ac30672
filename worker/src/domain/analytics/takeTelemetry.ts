import { type Id, isId } from '@avocet/shared/ids'
import type { Deps } from '../ports.ts'
import type { TelemetryItem } from '../usage.ts'

/** Hands a batch on, to each video's audience and each key's log once. A batch that fails half-way comes again, and repeats change nothing. */
export async function takeTelemetry(deps: Deps, items: readonly TelemetryItem[]): Promise<void> {
  const reports = items.flatMap((item) => (item.type === 'playback' && isId('session', item.report.sessionId) ? [item.report] : []))
  const requests = items.flatMap((item) => (item.type === 'request' ? [item.request] : []))
  await Promise.all([
    ...[...Map.groupBy(reports, ({ videoId }) => videoId)].map(([videoId, ofVideo]) => deps.audiences.report(videoId, ofVideo)),
    ...[...Map.groupBy(requests, ({ keyId }) => keyId as Id<'apiKey'>)].map(([keyId, ofKey]) => deps.auditLogs.add(keyId, ofKey)),
  ])
}
