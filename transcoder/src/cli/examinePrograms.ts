/** What runs on this host: ffmpeg and its filters, the sandbox, every encoder and the decoder of the card, by real trials. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ENCODERS_OF } from '@avocet/shared/encode'
import type { Config } from '../config.ts'
import { type EncoderProof, graphicsCard, proveDecoder, proveEncoders } from '../encoders.ts'
import { isNvenc } from '../media/args/encoder.ts'
import { filtersOf, versionOf } from '../media/ffmpeg.ts'
import { openSandbox } from '../media/sandbox.ts'
import { startSourceServer } from '../sourceServer.ts'
import type { Finding } from './finding.ts'

const TRIALS_MS = 180_000
/** Filters our graphs use, and what is lost without them. */
const NEEDED_FILTERS: Record<string, string> = {
  bwdif: 'interlaced sources fail',
  zscale: 'HDR sources fail',
  tonemap: 'HDR sources fail',
  loudnorm: 'loudness is not measured',
  ebur128: 'loudness is not measured',
}

export async function examinePrograms(config: Config): Promise<Finding[]> {
  const [version, probe] = [await versionOf(config.ffmpeg), await versionOf(config.ffprobe)]
  if (version === 'unknown') return [{ what: 'ffmpeg', verdict: 'fail', text: `${config.ffmpeg} does not run. Install ffmpeg, or say where it is by AVOCET_FFMPEG.` }]
  const sources = await startSourceServer()
  const scratchDir = await mkdtemp(join(tmpdir(), 'avocet-doctor-'))
  const signal = AbortSignal.timeout(TRIALS_MS)
  try {
    const sandbox = config.sandbox === 'off' ? null : await openSandbox([config.ffmpeg, config.ffprobe], sources.door)
    const tools = { ffmpeg: config.ffmpeg, ffprobe: config.ffprobe, sandbox }
    const card = graphicsCard()
    const proofs = await proveEncoders(tools, signal)
    return [
      { what: 'ffmpeg', verdict: 'ok', text: version },
      ...(probe === 'unknown' ? [{ what: 'ffprobe', verdict: 'fail' as const, text: `${config.ffprobe} does not run. It comes with ffmpeg; or say where it is by AVOCET_FFPROBE.` }] : []),
      ...lackingFilters(await filtersOf(config.ffmpeg)),
      sandboxed(config, sandbox !== null),
      ...encoders(proofs, card),
      decoder(await proveDecoder(tools, scratchDir, signal), card),
    ]
  } finally {
    await sources.stop()
    await rm(scratchDir, { recursive: true, force: true })
  }
}

function lackingFilters(filters: ReadonlySet<string>): Finding[] {
  return Object.entries(NEEDED_FILTERS).flatMap(([name, loss]) =>
    filters.has(name) ? [] : [{ what: 'filters', verdict: 'warn' as const, text: `this ffmpeg has no ${name}: ${loss}. Use your distribution's ffmpeg.` }],
  )
}

function sandboxed({ sandbox }: Config, works: boolean): Finding {
  if (works) return { what: 'sandbox', verdict: 'ok', text: 'ffmpeg runs without network and sees nothing of this host' }
  const why = sandbox === 'off' ? 'switched off by AVOCET_SANDBOX' : 'bubblewrap is missing or not allowed here. Install bubblewrap and allow user namespaces'
  return { what: 'sandbox', verdict: 'warn', text: `ffmpeg runs without one: ${why}.` }
}

/** One line for each encoder. NVENC is missed only where there is a card. */
function encoders(proofs: readonly EncoderProof[], card: string | null): Finding[] {
  const lines = proofs.map(({ name, largest, options, why }): Finding => {
    if (largest) {
      const fewer = options === 'reduced' ? ', with fewer options than newer cards: its chunks do not mix with theirs' : ''
      return { what: name, verdict: 'ok', text: `encodes up to ${largest.width}x${largest.height}${fewer}` }
    }
    if (isNvenc(name)) return { what: name, verdict: card && name === 'h264_nvenc' ? 'warn' : 'ok', text: `not here: ${why}` }
    return { what: name, verdict: name === 'libx264' ? 'warn' : 'ok', text: `not here: ${why}` }
  })
  if (proofs.some(({ name, largest }) => largest && ENCODERS_OF.h264.includes(name))) return lines
  return [...lines, { what: 'encoders', verdict: 'fail', text: `No H.264 encoder works; this host gets no work. Install an ffmpeg with ${ENCODERS_OF.h264.join(' or ')}.` }]
}

const decoder = (why: string | null, card: string | null): Finding =>
  why === null
    ? { what: 'nvdec', verdict: 'ok', text: `${card ?? 'the graphics card'} decodes` }
    : { what: 'nvdec', verdict: card ? 'warn' : 'ok', text: `not here: ${why}` }
