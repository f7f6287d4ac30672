import { and, asc, eq, ne } from 'drizzle-orm'
import type { VideoId } from '@avocet/shared/ids'
import type { Track } from '../../domain/tracks/track.ts'
import type { TrackStore } from '../../domain/ports.ts'
import { tracks } from './schema.ts'
import { type Db, guarded, write } from './write.ts'

export function trackStore(db: Db): TrackStore {
  const ofVideo = (accountId: Track['accountId'], videoId: string) => and(eq(tracks.accountId, accountId), eq(tracks.videoId, videoId as VideoId))
  return {
    find: async (accountId, videoId, id) =>
      (await db.select().from(tracks).where(and(ofVideo(accountId, videoId), eq(tracks.id, id as Track['id']))).get()) ?? null,
    listByVideo: (accountId, videoId) => db.select().from(tracks).where(ofVideo(accountId, videoId)).orderBy(asc(tracks.id)),
    put: (track) =>
      write(
        db
          .insert(tracks)
          .values(track)
          .onConflictDoUpdate({ target: [tracks.videoId, tracks.kind, tracks.language], set: track }),
        ...(track.isDefault ? [onlyDefault(db, track)] : []),
      ),
    remove: (track) => guarded(db, db.delete(tracks).where(eq(tracks.id, track.id))),
  }
}

function onlyDefault(db: Db, track: Track) {
  return db.update(tracks).set({ isDefault: false }).where(and(eq(tracks.videoId, track.videoId), ne(tracks.id, track.id)))
}
