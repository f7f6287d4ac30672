import type { VideoId } from '@avocet/shared/ids'
import type { Deps } from '../ports.ts'

/**
 * Tells webhooks of the numbers of views a video has reached and they asked for, each once: that it is passed is written in the commit of
 * the event, and of two at once one fails with conflict. Safe to repeat.
 */
export async function tellThresholds(deps: Deps, videoId: VideoId): Promise<void> {
  const reached = await deps.thresholds.reached(videoId)
  await deps.commit(
    reached.flatMap(({ webhookId, accountId, threshold, views }) => [
      deps.thresholds.passed({ webhookId, videoId, threshold }),
      deps.events.addFor(webhookId, accountId, 'view.threshold', { video_id: videoId, threshold, views }).write,
    ]),
  )
}
