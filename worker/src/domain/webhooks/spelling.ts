import { Fault } from '@avocet/shared/fault'
import type { Id } from '@avocet/shared/ids'
import type { Deps } from '../ports.ts'
import type { EventType, Webhook, WebhookId } from './webhook.ts'

/** An event on its way to one webhook. */
export interface Telling {
  webhookId: WebhookId
  event: { id: Id<'event'>; type: EventType; data: Record<string, unknown>; createdAt: number }
  at: number
  /** Signing secrets in force, the present one first; the last one's is there too while a rotation lasts. */
  secrets: readonly string[]
}

/** How webhooks of one kind are spoken to: the words of the message, its signature, and how patient the teller is. */
export interface Spelling {
  /** A fresh signing secret as its owner sees it. */
  newSecret(deps: Pick<Deps, 'crypto'>): string
  /** The message; null for an event this spelling has no word for. */
  tell(deps: Pick<Deps, 'crypto'>, telling: Telling): Promise<{ headers: Record<string, string>; body: string } | null>
  /** Whether an answer of this status means "heard". */
  isHeard(status: number): boolean
  /** Milliseconds until the next try after so many; null: no more. `random` is in [0, 1). */
  waitAfter(tries: number, retryAfterMs: number | null, random: number): number | null
  /** An endpoint that says it is gone, or heard nothing for so long, is switched off; null: never. */
  failingTooLongMs: number | null
}

/** Every spelling by its name, which is what a webhook's row keeps. */
export type Spellings = Readonly<Record<string, Spelling>>

/** The spelling of a webhook. */
export function spellingOf(deps: Pick<Deps, 'spellings'>, name: Webhook['spelling']): Spelling {
  const spelling = deps.spellings[name]
  if (!spelling) throw new Fault('internal', `There is no spelling ${name}.`)
  return spelling
}
