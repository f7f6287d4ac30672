import { Fault } from '@avocet/shared/fault'
import type { CaptionParser } from '../domain/ports.ts'

/** Placeholder until the parser is wired. */
export const captionParser: CaptionParser = {
  async toCleanVtt() {
    throw new Fault('not_implemented', 'Subtitles are not wired yet.')
  },
}
