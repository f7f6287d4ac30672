import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AgentCapabilities } from '@avocet/shared/agent'
import { ENCODERS, type Encoder, type VideoRung } from '@avocet/shared/encode'
import { JobFailure } from './failure.ts'
import { encoderArgs, isNvenc, type NvencOptions } from './media/args/encoder.ts'
import { CARD_DECODE } from './media/args/video.ts'
import { startFfmpeg, type Tools } from './media/ffmpeg.ts'

/** Large enough for every hardware encoder: some refuse less than 145 pixels (reference: transcode.md section 1.0). */
const SMALL = { width: 640, height: 360 }
/** What pieces ask of an encoder: shared/pieces.ts. An encoder that does less is not used. */
const USUAL = { width: 1920, height: 1088 }
const LARGE = { width: 4096, height: 2160 }
/** Software is as large as memory allows. */
const SOFTWARE = { width: 8192, height: 8192 }
const TRIAL_MS = 60_000
/** No driver, no card, no such encoder in this build: other options cannot help. */
const HOPELESS = /Cannot load lib|Unknown encoder|No capable devices|no device|CUDA_ERROR_NO_DEVICE/i
const WORDS_KEPT = 300

/** What came of trying an encoder: the largest frame it took, null where it does not serve, and ffmpeg's last words then. */
export interface EncoderProof {
  name: Encoder
  largest: { width: number; height: number } | null
  /** Older cards lack B-frame references and temporal adaptive quantisation. */
  options: NvencOptions
  why: string
}

/**
 * Each encoder by ten real frames with the real options: `-encoders` lists what the build has, not what the host can do. NVENC at each
 * size, and with reduced options before it is given up.
 */
export async function proveEncoders(tools: Tools, signal: AbortSignal, names: readonly Encoder[] = ENCODERS): Promise<EncoderProof[]> {
  const proofs: EncoderProof[] = []
  for (const name of names) proofs.push(isNvenc(name) ? await proveNvenc(tools, name, signal) : await proveSoftware(tools, name, signal))
  return proofs
}

async function proveSoftware(tools: Tools, name: Encoder, signal: AbortSignal): Promise<EncoderProof> {
  const why = await trial(tools, name, SMALL, 'full', signal)
  return { name, largest: why === null ? SOFTWARE : null, options: 'full', why: why ?? '' }
}

async function proveNvenc(tools: Tools, name: Encoder, signal: AbortSignal): Promise<EncoderProof> {
  let why: string | null = null
  for (const options of ['full', 'reduced'] as const) {
    why = await trial(tools, name, SMALL, options, signal)
    if (why !== null && HOPELESS.test(why)) break
    if (why !== null) continue
    for (const size of [LARGE, USUAL]) {
      why = await trial(tools, name, size, options, signal)
      if (why === null) return { name, largest: size, options, why: '' }
    }
    why = `${SMALL.width}x${SMALL.height} works, ${USUAL.width}x${USUAL.height} does not: ${why}`
  }
  return { name, largest: null, options: 'full', why: why ?? '' }
}

/** Proven encoders as they are registered. */
export const registered = (proofs: readonly EncoderProof[]): AgentCapabilities['encoders'] =>
  proofs.flatMap(({ name, largest }) => (largest ? [{ name, maxWidth: largest.width, maxHeight: largest.height }] : []))

/** Ten frames; null when they came out, ffmpeg's last words when not. */
async function trial(tools: Tools, encoder: Encoder, { width, height }: { width: number; height: number }, options: NvencOptions, signal: AbortSignal): Promise<string | null> {
  const codec = encoder.startsWith('hevc') || encoder === 'libx265' ? 'hevc' : encoder.includes('av1') ? 'av1' : 'h264'
  const profile = codec === 'h264' ? 'high' : 'main'
  const rung: VideoRung = { name: 'v360', codec, width, height, quality: 23, maxrateKbps: 860, bufsizeKbps: 1720, profile, level: null }
  const input = ['-f', 'lavfi', '-i', `testsrc2=s=${width}x${height}:r=30:d=0.5`, '-frames:v', '10', '-pix_fmt', 'yuv420p']
  return outcome(startFfmpeg(tools, { argv: [...input, ...encoderArgs(encoder, 60, rung, options), '-f', 'null', '-'], outputs: 0, signal, maxMs: TRIAL_MS }).done, signal)
}

async function outcome(run: Promise<unknown>, signal: AbortSignal): Promise<string | null> {
  try {
    await run
    return null
  } catch (error) {
    signal.throwIfAborted()
    return lastWords(error instanceof JobFailure ? String(error.cause ?? error.message) : String(error))
  }
}

/** The first line that tells of a cause: ffmpeg's last ones only say that it gave up. */
function lastWords(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/^\[[^\]]*\]\s*/, '').trim()).filter(Boolean)
  return (lines.find((line) => /cannot|unknown|not |fail|no /i.test(line)) ?? lines.at(-1) ?? 'it failed without a word').slice(0, WORDS_KEPT)
}

/** Whether NVDEC decodes and the card scales: null, or why not. Proved on a clip of our own; a source it cannot decode goes through the CPU. */
export async function proveDecoder(tools: Tools, scratchDir: string, signal: AbortSignal): Promise<string | null> {
  const folder = join(scratchDir, 'proof')
  const clip = join(folder, 'clip.mp4')
  await mkdir(folder, { recursive: true })
  try {
    const run = (argv: string[]) => startFfmpeg(tools, { argv, outputs: 0, signal, maxMs: TRIAL_MS, scratchDir: folder }).done
    const source = ['-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=30:d=0.5', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-y', clip]
    const made = await outcome(run(source), signal)
    if (made !== null) return made
    return await outcome(run([...CARD_DECODE, '-i', clip, '-vf', 'scale_cuda=640:360:format=yuv420p', '-f', 'null', '-']), signal)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const DRIVER_CARDS = '/proc/driver/nvidia/gpus'

/** The model of the first graphics card, as its driver tells it; null without one. */
export function graphicsCard(): string | null {
  try {
    const [card] = readdirSync(DRIVER_CARDS)
    return card === undefined
      ? null
      : (/^Model:\s*(.+)$/m
          .exec(readFileSync(join(DRIVER_CARDS, card, 'information'), 'utf8'))?.[1]
          ?.trim()
          .slice(0, 200) ?? null)
  } catch {
    return null
  }
}
