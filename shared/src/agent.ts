/** Agents as they register (`POST /agent/v1/register`). */
import { z } from 'zod'
import { Encoder } from './encode.ts'

/** What a host's probe proved by really encoding frames. */
export const AgentCapabilities = z.object({
  /** The largest frame each encoder was proven with. */
  encoders: z.array(z.object({ name: Encoder, maxWidth: z.number().int().positive(), maxHeight: z.number().int().positive() })),
  /** NVDEC was proven; sources it cannot decode still go through the CPU. */
  decodesOnGpu: z.boolean(),
  ffmpegVersion: z.string().max(100),
  cpuCount: z.number().int().positive(),
  gpu: z.string().max(200).nullable(),
})
export type AgentCapabilities = z.infer<typeof AgentCapabilities>

/** What this version speaks. Raised when a peer of the version before could no longer do the work; members it may ignore do not raise it. */
export const PROTOCOL = 4

/** First registration carries a one-use enrolment code; later ones authenticate with the credential. `bootId` is fresh on each start. */
export const RegisterRequest = z.object({
  protocol: z.number().int().positive(),
  name: z.string().min(1).max(100),
  bootId: z.string().regex(/^[A-Za-z0-9-]{8,64}$/),
  enrolmentCode: z.string().max(100).optional(),
  capabilities: AgentCapabilities,
})
export type RegisterRequest = z.infer<typeof RegisterRequest>

/** `credential` only on the first registration; it is shown once. */
export const RegisterAnswer = z.object({ agentId: z.string(), credential: z.string().nullable() })
