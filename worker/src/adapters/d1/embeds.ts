import { and, count, desc, eq, isNull, or } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import type { EmbedRights, EmbedToken } from '../../domain/embeds/embedToken.ts'
import type { Revocation } from '../../domain/embeds/revocation.ts'
import type { EmbedGrant, EmbedStore, EmbedTokenStore } from '../../domain/rights.ts'
import type { Track } from '../../domain/tracks/track.ts'
import { Remembered } from '../remembered.ts'
import { assets, embedTokens, encodes, presets, tracks, videos } from './schema.ts'
import { revocations } from './schemaOfRights.ts'
import { shownEncode } from './videos.ts'
import { type Db, guarded, write } from './write.ts'

export function embedTokenStore(db: Db): EmbedTokenStore {
  return {
    find: async (accountId, id) =>
      (await db
        .select()
        .from(embedTokens)
        .where(and(eq(embedTokens.accountId, accountId), or(eq(embedTokens.id, id as EmbedToken['id']), eq(embedTokens.token, id))))
        .get()) ?? null,
    async list(accountId, videoId, { offset, limit }) {
      const wanted = and(eq(embedTokens.accountId, accountId), videoId ? eq(embedTokens.videoId, videoId) : undefined)
      const [items, totals] = await db.batch([
        db.select().from(embedTokens).where(wanted).orderBy(desc(embedTokens.id)).limit(limit).offset(offset),
        db.select({ total: count() }).from(embedTokens).where(wanted),
      ])
      return { items, total: totals[0]?.total ?? 0 }
    },
    add: (token) => write(db.insert(embedTokens).values(token)),
    revoke: (id, at) => guarded(db, db.update(embedTokens).set({ revokedAt: at }).where(eq(embedTokens.id, id))),
  }
}

/** How long a key request may trust what it knew (DESIGN section 9, 4). */
const RECENT_MS = 5_000

export function embedStore(db: Db, now: () => number): EmbedStore {
  const recent = new Remembered<string, { grant: EmbedGrant | null; at: number }>(1_000)
  const viewers = new Remembered<string, { viewerId: string | null }>(5_000)
  /** What `read` finds now, also remembered: what a session was told of, its next requests find. */
  async function remember(token: string, useRecent: boolean, read: () => Promise<EmbedGrant | null>): Promise<EmbedGrant | null> {
    const at = now()
    const known = recent.get(token)
    if (useRecent && known && known.at > at - RECENT_MS) return known.grant
    const grant = await read()
    recent.set(token, { grant, at })
    return grant
  }
  return {
    resolve: (token, useRecent) => remember(token, useRecent, () => readOurs(db, token)),
    resolveSigned: (token, rights, useRecent) => remember(token, useRecent, () => readSigned(db, token, rights)),
    async viewerOf(token) {
      const known = viewers.get(token)
      if (known) return known.viewerId
      const row = await db.select({ viewerId: embedTokens.viewerId }).from(embedTokens).where(eq(embedTokens.token, token)).get()
      const viewerId = row?.viewerId ?? null
      viewers.set(token, { viewerId })
      return viewerId
    },
  }
}

const byViewer = alias(revocations, 'by_viewer')
const byVideo = alias(revocations, 'by_video')
const byToken = alias(revocations, 'by_token')
const present = <T>(values: readonly (T | null | undefined)[]): T[] => values.filter((value) => value !== null && value !== undefined)

async function readOurs(db: Db, token: string): Promise<EmbedGrant | null> {
  // Indexed look-ups side by side: the video's own token, and minted ones. Not a batch: Drizzle's D1 batch reads rows by
  // column name, and joined tables share names.
  const [own, minted, ownTracks, mintedTracks] = await Promise.all([
    db
      .select()
      .from(videos)
      .innerJoin(assets, eq(assets.id, videos.assetId))
      .leftJoin(encodes, shownEncode)
      .leftJoin(presets, eq(presets.id, videos.presetId))
      .where(and(eq(videos.embedToken, token), isNull(videos.deletedAt))),
    db
      .select()
      .from(embedTokens)
      .innerJoin(videos, eq(videos.id, embedTokens.videoId))
      .innerJoin(assets, eq(assets.id, videos.assetId))
      .leftJoin(encodes, shownEncode)
      .leftJoin(presets, eq(presets.id, videos.presetId))
      .leftJoin(byViewer, and(eq(byViewer.accountId, embedTokens.accountId), eq(byViewer.kind, 'viewer'), eq(byViewer.subject, embedTokens.viewerId)))
      .leftJoin(byVideo, and(eq(byVideo.accountId, embedTokens.accountId), eq(byVideo.kind, 'video'), eq(byVideo.subject, embedTokens.videoId)))
      .where(and(eq(embedTokens.token, token), isNull(videos.deletedAt))),
    db.select({ track: tracks }).from(tracks).innerJoin(videos, eq(videos.id, tracks.videoId)).where(eq(videos.embedToken, token)),
    db.select({ track: tracks }).from(tracks).innerJoin(embedTokens, eq(embedTokens.videoId, tracks.videoId)).where(eq(embedTokens.token, token)),
  ])
  if (own[0]) return grantOf(token, own[0], null, [], ownTracks)
  if (minted[0]) return grantOf(token, minted[0], minted[0].embed_tokens, present([minted[0].by_viewer, minted[0].by_video]), mintedTracks)
  return null
}

async function readSigned(db: Db, token: string, rights: EmbedRights): Promise<EmbedGrant | null> {
  const [rows, ownTracks] = await Promise.all([
    db
      .select()
      .from(videos)
      .innerJoin(assets, eq(assets.id, videos.assetId))
      .leftJoin(encodes, shownEncode)
      .leftJoin(presets, eq(presets.id, videos.presetId))
      .leftJoin(byViewer, and(eq(byViewer.accountId, videos.accountId), eq(byViewer.kind, 'viewer'), eq(byViewer.subject, rights.viewerId ?? '')))
      .leftJoin(byVideo, and(eq(byVideo.accountId, videos.accountId), eq(byVideo.kind, 'video'), eq(byVideo.subject, videos.id)))
      .leftJoin(byToken, and(eq(byToken.accountId, videos.accountId), eq(byToken.kind, 'token'), eq(byToken.subject, rights.id)))
      .where(and(eq(videos.id, rights.videoId), eq(videos.accountId, rights.accountId), isNull(videos.deletedAt))),
    db.select({ track: tracks }).from(tracks).where(eq(tracks.videoId, rights.videoId)),
  ])
  const row = rows[0]
  return row ? grantOf(token, row, rights, present([row.by_viewer, row.by_video, row.by_token]), ownTracks) : null
}

type Joined = { videos: EmbedGrant['video']; assets: EmbedGrant['asset']; encodes: EmbedGrant['encode']; presets: EmbedGrant['preset'] }

function grantOf(token: string, row: Joined, minted: EmbedRights | null, found: Revocation[], rows: { track: Track }[]): EmbedGrant {
  const { videos: video, assets: asset, encodes: encode, presets: preset } = row
  return { token, video, asset, encode, minted, preset, revocations: found, tracks: rows.map(({ track }) => track) }
}
