/** Ports of the outbox: what happened, who wants to be told, and how that goes. The other stores' ports are in ports.ts. */
import type { AccountId, Id, VideoId } from '@avocet/shared/ids'
import type { Listing, Slice } from '@avocet/shared/page'
import type { Write } from './ports.ts'
import type { Delivery, EventType, Webhook, WebhookId } from './webhooks/webhook.ts'

export interface EventStore {
  /** Goes into the same commit as the change it tells of; so do the deliveries to webhooks that want it. */
  add(accountId: AccountId, type: EventType, videoId: VideoId, data?: Record<string, unknown>): Write
  /** An event for one webhook alone. */
  addFor(webhookId: WebhookId, accountId: AccountId, type: EventType, data: Record<string, unknown>): { eventId: Id<'event'>; write: Write }
}

export interface WebhookQuery {
  spelling: string | null
  /** Those that name it; those that want all do not. */
  event: EventType | null
}

export interface WebhookStore {
  find(accountId: AccountId, id: string): Promise<Webhook | null>
  list(accountId: AccountId, query: WebhookQuery, slice: Slice): Promise<Listing<Webhook>>
  add(webhook: Webhook): Write
  /** Guarded by `version`, which it raises. */
  save(webhook: Webhook): Write
  /** With its deliveries. */
  remove(webhook: Webhook): Write
  noteSuccess(id: WebhookId): Write
  noteFailure(id: WebhookId, since: number, off: { at: number; reason: 'gone' | 'failing' } | null): Write
}

export interface ThresholdStore {
  /** What a video has reached and a webhook was not told of, lowest first, at most 30. */
  reached(videoId: VideoId): Promise<{ webhookId: WebhookId; accountId: AccountId; threshold: number; views: number }[]>
  /** Fails the commit with `conflict` when it stands already. */
  passed(passed: { webhookId: WebhookId; videoId: VideoId; threshold: number }): Write
  /** Notes what the account's videos have passed of a webhook's thresholds, without telling it. */
  passedAlready(webhook: Pick<Webhook, 'id' | 'accountId' | 'viewThresholds'>): Write
}

export interface DeliveryQuery {
  state: Delivery['state'] | null
  type: EventType | null
}
export type DeliveryDetail = Delivery & { type: EventType }
export interface DueDelivery {
  delivery: Delivery
  webhook: Webhook
  event: { id: Id<'event'>; type: EventType; data: Record<string, unknown>; createdAt: number }
}

export interface DeliveryStore {
  find(webhookId: WebhookId, eventId: string): Promise<Delivery | null>
  list(webhookId: WebhookId, query: DeliveryQuery, slice: Slice): Promise<Listing<DeliveryDetail>>
  /** Webhooks with something due. */
  webhooksDue(now: number, limit: number): Promise<WebhookId[]>
  /** What is due to one webhook, oldest first. */
  due(id: WebhookId, now: number, limit: number): Promise<DueDelivery[]>
  /** When, after an instant, the next one falls due; null when nothing waits. */
  nextDue(id: WebhookId, now: number): Promise<number | null>
  save(delivery: Delivery): Write
  /** Due now, its schedule from the beginning. */
  askAgain(delivery: Delivery, now: number): Write
  /** Everything since an instant that the webhook wants and was not told of becomes due. */
  recover(webhook: Webhook, since: number, now: number): Write
  /** Forgets ended deliveries made before an instant. */
  forgetOld(before: number, limit: number): Promise<void>
}
