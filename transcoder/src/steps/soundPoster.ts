import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EncodeImages, EncodePlan } from '@avocet/shared/encode'
import { JobFailure } from '../failure.ts'
import { sourceGuard } from '../media/args/source.ts'
import { PIXEL_GUARD } from '../media/inputGuard.ts'
import type { StepContext } from './context.ts'
import { run, upload } from './writeImage.ts'

/** The waveform shows at most the beginning: its filter holds all it draws in memory. */
const WAVE_SECONDS = 600
const ONE_JPEG = ['-frames:v', '1', '-q:v', '3', '-update', '1']

/** A poster for sound alone: the cover the file carries, else the waveform of its first minutes. */
export async function makeSoundPoster(context: StepContext, plan: Pick<EncodePlan, 'source'>): Promise<EncodeImages['poster']> {
  const output = join(context.scratchDir, 'poster.jpg')
  const source = [...sourceGuard(plan.source), ...PIXEL_GUARD, '-i', context.sourceUrl]
  const cover = ['-map', '0:v:0', '-vf', "scale='max(2,min(1280,iw))':-2,setsar=1,format=yuvj420p"]
  const wave = '[0:a:0]aformat=channel_layouts=mono,aresample=8000,showwavespic=s=1280x720:colors=0x7aa2f7,format=yuvj420p[w]'
  await run(context, [...source, ...cover, ...ONE_JPEG, `file:${output}`]).catch(async (error) => {
    context.checkSource()
    if (!(error instanceof JobFailure) || error.reason === 'disk_full') throw error
    await run(context, ['-t', String(WAVE_SECONDS), ...source, '-filter_complex', wave, '-map', '[w]', ...ONE_JPEG, `file:${output}`])
  })
  context.checkSource()
  const size = jpegSize(await readFile(output))
  return { ...size, bytes: await upload(context, output, 'poster.jpg') }
}

/** From the frame header of a baseline JPEG (ITU-T T.81 B.2.2). */
function jpegSize(bytes: Buffer): { width: number; height: number } {
  const at = bytes.indexOf('ffc0', 0, 'hex')
  if (at < 0) throw new Error('not a baseline JPEG')
  return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
}
