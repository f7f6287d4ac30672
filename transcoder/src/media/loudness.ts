import type { ChunkManifest } from '@avocet/shared/encode'

/** Below the absolute gate nothing is measured (EBU R 128, ITU-R BS.1770-4). */
const GATE_LUFS = -70

/** The last summary of ffmpeg's `ebur128` meter; null for silence, and for sound shorter than one block of 400 ms. Pure. */
export function loudnessOf(stderr: string): NonNullable<ChunkManifest['loudness']> | null {
  const summary = stderr.slice(Math.max(0, stderr.lastIndexOf('Summary:')))
  const value = (pattern: RegExp) => Number(pattern.exec(summary)?.[1] ?? Number.NaN)
  const measured = {
    integratedLufs: value(/\bI:\s*(-?[\d.]+) LUFS/),
    truePeakDbtp: value(/\bPeak:\s*(-?[\d.]+) dBFS/),
    rangeLu: value(/\bLRA:\s*(-?[\d.]+) LU\b/),
  }
  return Object.values(measured).every(Number.isFinite) && measured.integratedLufs > GATE_LUFS ? measured : null
}
