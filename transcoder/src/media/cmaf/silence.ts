/** One AAC-LC frame of silence: no band of any channel holds a coefficient (ISO/IEC 14496-3 section 4.4.2). */
const FRAMES: Record<number, string> = {
  1: '01182007',
  2: '211004608c1c',
  6: '011820010880230460231004608c0c230000e0',
}

/** The frame for so many channels; null where we know none. */
export function silentFrame(channels: number): Buffer | null {
  const hex = FRAMES[channels]
  return hex ? Buffer.from(hex, 'hex') : null
}
