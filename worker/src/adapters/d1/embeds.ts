import { and, count, desc, eq, isNull, or } from 'drizzle-orm'
import type { EmbedToken } from '../../domain/embeds/embedToken.ts'
import type { EmbedGrant, EmbedStore, EmbedTokenStore } from '../../domain/ports.ts'
import { Remembered } from '../remembered.ts'
import { assets, embedTokens, encodes, presets, tracks, videos } from './schema.ts'
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
  /** A look-up now, also remembered: what a session was told of, its next requests find. */
  async function resolve(token: string): Promise<EmbedGrant | null> {
    const at = now()
    const grant = await read(db, token)
    recent.set(token, { grant, at })
    return grant
  }
  return {
    resolve,
    async resolveRecent(token) {
      const known = recent.get(token)
      return known && known.at > now() - RECENT_MS ? known.grant : resolve(token)
    },
  }
}

async function read(db: Db, token: string): Promise<EmbedGrant | null> {
  const joined = () => db.select().from(videos).innerJoin(assets, eq(assets.id, videos.assetId)).leftJoin(encodes, shownEncode).leftJoin(presets, eq(presets.id, videos.presetId))
  // Indexed look-ups side by side: the video's own token, and minted ones. Not a batch: Drizzle's D1 batch reads rows by
  // column name, and joined tables share names.
  const [own, minted, ownTracks, mintedTracks] = await Promise.all([
    joined().where(and(eq(videos.embedToken, token), isNull(videos.deletedAt))),
    db
      .select()
      .from(embedTokens)
      .innerJoin(videos, eq(videos.id, embedTokens.videoId))
      .innerJoin(assets, eq(assets.id, videos.assetId))
      .leftJoin(encodes, shownEncode)
      .leftJoin(presets, eq(presets.id, videos.presetId))
      .where(and(eq(embedTokens.token, token), isNull(videos.deletedAt))),
    db.select({ track: tracks }).from(tracks).innerJoin(videos, eq(videos.id, tracks.videoId)).where(eq(videos.embedToken, token)),
    db.select({ track: tracks }).from(tracks).innerJoin(embedTokens, eq(embedTokens.videoId, tracks.videoId)).where(eq(embedTokens.token, token)),
  ])
  const row = own[0] ?? minted[0]
  if (!row) return null
  return {
    token,
    video: row.videos,
    asset: row.assets,
    encode: row.encodes,
    minted: own[0] ? null : (minted[0]?.embed_tokens ?? null),
    preset: row.presets,
    tracks: (own[0] ? ownTracks : mintedTracks).map(({ track }) => track),
  }
}
