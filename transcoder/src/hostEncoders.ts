/** What this host encodes and decodes with, now: proved at the start, and again when the card fails at work. */
import type { AgentCapabilities } from '@avocet/shared/agent'
import { ENCODERS } from '@avocet/shared/encode'
import type { EncodeTask } from '@avocet/shared/job'
import { type EncoderProof, proveDecoder, proveEncoders, registered } from './encoders.ts'
import { log } from './log.ts'
import { isNvenc, type NvencOptions } from './media/args/encoder.ts'
import { type Route, routesOf } from './media/args/route.ts'
import type { Tools } from './media/ffmpeg.ts'
import { gpuLost } from './metrics.ts'

/** A proof that was less than it had been is trusted so long, then made again: drivers are reloaded, cards come back. */
const DOUBT_MS = 10 * 60_000
/** Failures that follow each other faster than this do not each make a proof. */
const PROOF_GAP_MS = 5_000
const SOURCES_REMEMBERED = 200

export interface HostEncoders {
  readonly proven: Pick<AgentCapabilities, 'encoders' | 'decodesOnGpu'>
  /** The ways to do a piece of this source, best first; never empty. */
  routes(task: Pick<EncodeTask, 'encoder' | 'plan'>, sourceKey: string): Route[]
  /** The options an NVENC encoder was proven with. */
  nvenc(task: Pick<EncodeTask, 'encoder'>): NvencOptions
  /** A way failed: it is not taken for this source again, and the card is proved anew before more work is claimed. */
  failed(route: Route, task: Pick<EncodeTask, 'encoder'>, sourceKey: string): void
  /** Proves the card anew where there is doubt, before more work is claimed. `isBusy`: other work goes on on this host. Throws when the server could not be told. */
  settle(isBusy: boolean): Promise<void>
}

/** Proves every encoder, and the decoder of the card. `announce` tells the server when that has changed. */
export async function hostEncoders(tools: Tools, scratchDir: string, signal: AbortSignal, announce: () => Promise<unknown>): Promise<HostEncoders> {
  let proofs = await proveEncoders(tools, signal)
  let decodesOnGpu = (await proveDecoder(tools, scratchDir, signal)) === null
  const best = wordsOf(proofs, decodesOnGpu)
  const refused = new Map<string, Set<Route>>()
  let doubted = false
  let told = true
  let provedAt = performance.now()
  let settling: Promise<void> | null = null

  async function prove(isBusy: boolean): Promise<void> {
    const before = wordsOf(proofs, decodesOnGpu)
    const [card, decodes] = [await proveEncoders(tools, signal, ENCODERS.filter(isNvenc)), (await proveDecoder(tools, scratchDir, signal)) === null]
    provedAt = performance.now()
    const found = [...proofs.filter(({ name }) => !isNvenc(name)), ...card]
    const after = wordsOf(found, decodes)
    const lost = before.filter((word) => !after.includes(word))
    // A card with work on it may have no session left for a trial: that proves nothing.
    if (isBusy && lost.length > 0) return
    doubted = false
    proofs = found
    decodesOnGpu = decodes
    const gained = after.filter((word) => !before.includes(word))
    if (lost.length > 0) {
      gpuLost.inc()
      log.warn({ lost, why: [...new Set(card.map(({ why }) => why).filter(Boolean))] }, 'the graphics card does not work any more: this host goes on in software')
    }
    if (gained.length > 0) {
      refused.clear()
      log.info({ gained }, 'the graphics card works again')
    }
    told &&= lost.length + gained.length === 0
  }

  return {
    get proven() {
      return { encoders: registered(proofs), decodesOnGpu }
    },
    routes({ encoder, plan }, sourceKey) {
      return routesOf(encoder, plan, decodesOnGpu).filter((route) => !refused.get(sourceKey)?.has(route))
    },
    nvenc: ({ encoder }) => proofs.find(({ name }) => name === encoder)?.options ?? 'full',
    failed(route, { encoder }, sourceKey) {
      if (route === 'software' && !isNvenc(encoder)) return
      doubted = true
      if (route === 'software') return
      refused.set(sourceKey, (refused.get(sourceKey) ?? new Set()).add(route))
      if (refused.size > SOURCES_REMEMBERED) refused.delete(refused.keys().next().value as string)
    },
    settle(isBusy) {
      const isLess = best.some((word) => !wordsOf(proofs, decodesOnGpu).includes(word))
      const age = performance.now() - provedAt
      const isDue = (doubted && age > PROOF_GAP_MS) || (isLess && age > DOUBT_MS)
      if (!isDue && told) return Promise.resolve()
      settling ??= (async () => {
        if (isDue) await prove(isBusy)
        if (!told) await announce()
        told = true
      })().finally(() => {
        settling = null
      })
      return settling
    },
  }
}

/** What was proven, as words that can be compared. */
const wordsOf = (proofs: readonly EncoderProof[], decodesOnGpu: boolean): string[] => [
  ...registered(proofs).map(({ name, maxWidth, maxHeight }) => `${name} ${maxWidth}x${maxHeight}`),
  ...(decodesOnGpu ? ['nvdec'] : []),
]
