import { DurableObject } from 'cloudflare:workers'
import type { AuditedRequest } from '../domain/usage.ts'

const KEPT = 100

/** One for each API key: its last 100 requests. What comes twice is kept once. */
export class AuditLog extends DurableObject {
  async add(requests: readonly AuditedRequest[]): Promise<void> {
    const known = new Map((await this.list()).map((request) => [identity(request), request]))
    for (const request of requests) known.set(identity(request), request)
    const newest = [...known.values()].sort((a, b) => b.at - a.at).slice(0, KEPT)
    await this.ctx.storage.put('requests', newest)
  }

  /** The newest first. */
  async list(): Promise<AuditedRequest[]> {
    return (await this.ctx.storage.get<AuditedRequest[]>('requests')) ?? []
  }
}

/** Callers may choose their request ids, and the same one for two requests of one millisecond. */
const identity = ({ requestId, at, nonce }: AuditedRequest) => `${requestId} ${at} ${nonce}`
