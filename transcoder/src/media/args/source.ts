/** How ffmpeg and ffprobe open a source. Pure. */
import type { EncodePlan } from '@avocet/shared/encode'
import { INPUT_GUARD } from '../inputGuard.ts'

type Laid = Pick<EncodePlan['source'], 'fragmented'>

/** Options in front of a source. One in fragments is read on from its beginning: without `ignidx` ffmpeg looks for them all first (its mov.c, 2026-11). */
export const sourceGuard = ({ fragmented }: Laid): string[] => [...INPUT_GUARD, ...(fragmented ? ['-fflags', '+ignidx'] : [])]

/** A source as an input whose clock starts at zero, from `seek` seconds on. A seek needs to know where all fragments lie. */
export const sourceInput = (url: string, laid: Laid, seek = 0): string[] => [
  ...sourceGuard(seek > 0 ? {} : laid),
  ...['-copyts', '-start_at_zero', ...(seek > 0 ? ['-ss', seek.toFixed(6)] : []), '-i', url],
]
