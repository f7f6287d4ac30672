import type { AccountId, Id } from '@avocet/shared/ids'

export type WebhookId = Id<'webhook'>

/** Every fact a webhook can be told of (DESIGN section 10). Broadcasts and their recordings tell nothing until they are taken in. */
export const EVENT_TYPES = [
  'video.uploaded',
  'video.playable',
  'video.quality_encoded',
  'video.encoded',
  'video.failed',
  'video.deleted',
  'view.threshold',
  'live.started',
  'live.ended',
  'recording.ready',
  'webhook.test',
] as const
export type EventType = (typeof EVENT_TYPES)[number]

/** A subscription of an account. Secrets are kept sealed; the last one signs too while a rotation lasts. */
export interface Webhook {
  id: WebhookId
  accountId: AccountId
  url: string
  /** Which words it is told in: a name of deps.spellings. */
  spelling: string
  description: string
  /** Empty: all. */
  events: EventType[]
  /** Numbers of views of one video to be told of, in order; each once a video. What was passed before it was asked for is not told. */
  viewThresholds: number[]
  sealedSecret: string
  previousSealedSecret: string | null
  previousUntil: number | null
  /** Switched off, by its owner or because it failed for days. */
  disabledAt: number | null
  disabledReason: 'owner' | 'gone' | 'failing' | null
  /** Since when every attempt failed; null when the last one went well. */
  failingSince: number | null
  createdAt: number
  updatedAt: number
  version: number
}

/** One try at telling. `status` is null when no answer came; `error` says why. */
export interface Attempt {
  at: number
  status: number | null
  durationMs: number
  error: string | null
  /** First characters of the answer. */
  body: string
}

/** An event on its way to one webhook. Its `webhook-id` header is the event's id, the same on every attempt. */
export interface Delivery {
  eventId: Id<'event'>
  webhookId: WebhookId
  accountId: AccountId
  /** failed: given up. dropped: the webhook was off or gone. */
  state: 'pending' | 'delivered' | 'failed' | 'dropped'
  attempts: Attempt[]
  /** Tries so far since it was last asked for; the schedule goes by it. */
  tries: number
  nextAttemptAt: number
  createdAt: number
}

/** Thresholds as they are kept. */
export const inOrder = (thresholds: readonly number[]): number[] => [...new Set(thresholds)].sort((a, b) => a - b)
