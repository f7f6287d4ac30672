import type { Actor } from '../actor.ts'
import type { Deps, VideoDetail } from '../ports.ts'
import { awaitingVideo } from '../videos/createVideo.ts'
import { cleanFilename, MAX_TITLE_LENGTH } from '../videos/title.ts'
import { useUploadToken } from '../uploadTokens/useUploadToken.ts'
import { freshIntake } from './openIntake.ts'
import type { PartRange } from './receivePart.ts'

/** Makes the video that an upload by token goes into, called as its file, with its intake begun. Throws what `useUploadToken` throws. */
export async function createForUpload(deps: Deps, actor: Actor, file: { filename: string; range: PartRange | null; downloadable: boolean }): Promise<VideoDetail> {
  const uses = useUploadToken(deps, actor, { sizeBytes: null, videoId: null })
  const title = cleanFilename(file.filename).slice(0, MAX_TITLE_LENGTH) || 'Untitled'
  const { detail, writes } = awaitingVideo(deps, actor.accountId, { title, downloadable: file.downloadable })
  await deps.commit([...uses, ...writes, deps.sources.begin(freshIntake(deps, detail.video, file))])
  return detail
}
