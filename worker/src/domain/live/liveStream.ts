import type { AccountId, Id } from '@avocet/shared/ids'
import type { ImageFacts } from '../images/cleanImage.ts'
import type { Listing, Slice } from '@avocet/shared/page'
import type { Write } from '../ports.ts'

/** Where an encoder will send to, whatever it sends: it stays from one broadcast to the next. */
export interface LiveStream {
  id: Id<'liveStream'>
  accountId: AccountId
  name: string
  visibility: 'public' | 'private'
  presetId: Id<'preset'> | null
  /** Whether each broadcast becomes a video. */
  record: boolean
  streamKeyHash: string
  sealedStreamKey: string
  restreams: SealedRestream[]
  thumbnail: LiveImage | null
  createdAt: number
  updatedAt: number
  version: number
}

/** A place the stream is passed on to. */
export interface Restream {
  name: string
  serverUrl: string
  /** Null for who may only read. */
  streamKey: string | null
}
export type SealedRestream = Omit<Restream, 'streamKey'> & { sealedStreamKey: string }

export interface LiveImage {
  /** See shared/src/objectKeys.ts. */
  file: string
  type: ImageFacts['type']
}

/** A live stream with its keys readable, as its owner sees it. */
export interface OpenLiveStream extends Omit<LiveStream, 'restreams' | 'streamKeyHash' | 'sealedStreamKey'> {
  /** What an encoder sends under; null for who may only read. */
  streamKey: string | null
  restreams: Restream[]
  broadcasting: boolean
}

export interface LiveQuery {
  /** Part of the name, in any case. */
  name: string | null
  streamKeyHash: string | null
  sort: `${'' | '-'}${'name' | 'created_at' | 'updated_at'}`
}

export interface LiveStreamStore {
  find(accountId: AccountId, id: string): Promise<LiveStream | null>
  /** Whoever's it is, for viewers. */
  findAny(id: string): Promise<LiveStream | null>
  list(accountId: AccountId, query: LiveQuery, slice: Slice): Promise<Listing<LiveStream>>
  add(stream: LiveStream): Write
  /** Guarded by `version`, which it raises. */
  save(stream: LiveStream): Write
  remove(stream: LiveStream): Write
}
