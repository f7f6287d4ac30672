import type { Deps, VideoDetail } from '../ports.ts'
import { awaitsSource } from '../videos/demandAwaiting.ts'
import type { Intake, SourcePart } from './source.ts'

/** What has come so far of the file a video awaits; no intake when none is under way. For details the actor was given. */
export async function sourceStatus(deps: Deps, { video, asset }: VideoDetail): Promise<{ intake: Intake | null; parts: SourcePart[] }> {
  const intake = awaitsSource(asset) ? await deps.sources.intake(video.id) : null
  return { intake, parts: intake ? await deps.sources.parts(intake.assetId) : [] }
}
