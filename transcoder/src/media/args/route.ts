/** Which parts of the work a chunk does on the graphics card. Pure. */
import type { EncodePlan, Encoder } from '@avocet/shared/encode'
import { isNvenc } from './encoder.ts'

/**
 * card: decoded, scaled and encoded there. upload: decoded and mended on the CPU, scaled and encoded there. decode: decoded there, the
 * rest on the CPU (cards without NVENC, such as H100 and H200). software: frames never leave main memory; NVENC, where it is the
 * encoder, fetches them itself.
 */
export type Route = 'card' | 'upload' | 'decode' | 'software'

/**
 * The ways a host can do a chunk, best first. Turning, deinterlacing and tone mapping are filters of the CPU; NVDEC's own limits
 * (4:2:2, 10-bit H.264, ...) show when it is tried: then the next way is taken.
 */
export function routesOf(encoder: Encoder, { source }: Pick<EncodePlan, 'source'>, decodesOnGpu: boolean): Route[] {
  const upright = source.rotation === 0 && source.toneMap === 'none'
  if (!isNvenc(encoder)) return decodesOnGpu && upright ? ['decode', 'software'] : ['software']
  return decodesOnGpu && upright && !source.deinterlace ? ['card', 'upload', 'software'] : ['upload', 'software']
}
