import type { EncoderFamily } from '@avocet/shared/encode'
import { startFfmpeg, type Tools } from './media/ffmpeg.ts'

/** Ten frames through the real encoder with its real options: `-encoders` lists what the build has, not what the host can do. */
const TRIALS: Record<EncoderFamily, string[]> = {
  nvenc: ['-c:v', 'h264_nvenc', '-preset', 'p5', '-tune', 'hq', '-rc', 'vbr', '-cq', '24', '-b:v', '0', '-g', '60', '-bf', '3', '-b_ref_mode', 'middle', '-rc-lookahead', '20', '-spatial-aq', '1', '-temporal-aq', '1'],
  x264: ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-g', '60', '-bf', '3'],
}

/** Families this host really encodes with, best first. */
export async function provenFamilies(tools: Tools, signal: AbortSignal): Promise<EncoderFamily[]> {
  const proven: EncoderFamily[] = []
  for (const family of ['nvenc', 'x264'] as const) {
    const argv = ['-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=30:d=0.5', '-frames:v', '10', '-pix_fmt', 'yuv420p', ...TRIALS[family], '-f', 'null', '-']
    try {
      await startFfmpeg(tools, { argv, outputs: 0, signal, maxMs: 60_000 }).done
      proven.push(family)
    } catch {
      signal.throwIfAborted()
    }
  }
  return proven
}
