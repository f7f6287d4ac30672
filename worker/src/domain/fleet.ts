/** Ports of the work: encodes, their jobs, the hosts that do them. The rest is in ports.ts. */
import type { AgentId, AssetId, EncodeId, JobId, VideoId } from '@avocet/shared/ids'
import type { JobKind } from '@avocet/shared/job'
import type { Listing, Slice } from '@avocet/shared/page'
import type { Agent } from './agents/agent.ts'
import type { Asset } from './assets/asset.ts'
import type { Chunk, ChunkOutline, Encode, Standing } from './encodes/encode.ts'
import type { Job } from './jobs/job.ts'
import type { Write } from './ports.ts'

export interface EncodeStore {
  find(id: EncodeId): Promise<Encode | null>
  /**
   * An encode as it stood at a version just read, or as it stands now, and where its source is. While it is encoded the isolate remembers
   * it: all but `progress` changes with the version alone, and a source with a plan never.
   */
  atVersion(id: EncodeId, version: number | undefined): Promise<{ encode: Encode; asset: Pick<Asset, 'id' | 'sizeBytes' | 'inParts'> } | null>
  chunks(id: EncodeId): Promise<Chunk[]>
  /** The same chunks without their segments. */
  outlines(id: EncodeId): Promise<ChunkOutline[]>
  /** How far each stream that has begun is, one chunk left out. Costs what an index costs, however long the video. */
  standing(id: EncodeId, without: Pick<Chunk, 'stream' | 'chunkIndex'>): Promise<Standing[]>
  /** What a video plays, as it was at most a minute ago; null for nothing. For reports, which may be late. */
  playing(videoId: VideoId): Promise<EncodeId | null>
  /** An encode with its committed chunks, for playlists and keys; remembered once it is ready, for then it never changes. */
  committed(id: EncodeId): Promise<{ encode: Encode; chunks: Chunk[] } | null>
  /**
   * Whether anyone may fetch an encode's segments. `encrypted`: yes, and for ever; remembered. `public`: yes, while a public video without
   * a domain list plays it; up to a minute old. Null: no, or there is no such encode.
   */
  openness(id: EncodeId): Promise<'encrypted' | 'public' | null>
  listByAsset(assetId: AssetId): Promise<Encode[]>
  /** Ended encodes all of whose jobs ended before an instant and whose prefixes were not looked through since, oldest first. */
  listUncleaned(before: number, limit: number): Promise<Encode[]>
  cleaned(id: EncodeId, at: number): Write
  /** Ended encodes made before an instant that do not play, of assets where another one was ready by then. */
  listReplaced(before: number, limit: number): Promise<Encode[]>
  /** With its chunks and jobs. */
  remove(id: EncodeId): Write
  add(encode: Encode): Write
  /** Guarded by `version`, which it raises. */
  save(encode: Encode): Write
  /** Where no live video on an asset wants to be downloadable: forgets its encodes' files and ends the work on them. */
  dropUnwantedDownloads(assetId: AssetId, at: number): Write
  /** Inserts, or replaces one of a lower or equal epoch. */
  putChunk(chunk: Chunk): Write
  /** Raises the progress shown, past no version. A conflict once so many chunks of a stream are committed that the encode may have to go on. */
  noteProgress(id: EncodeId, progress: number, committed: { stream: string; fewerThan: number }): Write
}

export interface JobClaim {
  agentId: AgentId
  kinds: readonly JobKind[]
  /** Words of `needs` the agent can do (shared/pieces.ts). */
  abilities: readonly string[]
  now: number
  leaseUntil: number
}

export interface JobStore {
  find(id: string): Promise<Job | null>
  /** Takes the best queued job for an agent in one compare-and-set statement, raising its epoch. */
  claim(claim: JobClaim): Promise<Job | null>
  /** Extends a lease if (id, agentId, epoch) still holds it; null when it does not. */
  renew(id: JobId, agentId: AgentId, epoch: number, leaseUntil: number, told: { progress: number; speed: number }): Promise<Job | null>
  add(...jobs: Job[]): Write
  /** Ends or re-queues a leased job. Guarded: the job must still be leased to the same agent under the same epoch. */
  settle(held: Job, changes: Partial<Job>): Write
  /** Holds a lease unchanged; guarded like `settle`. Fences commits that keep the lease. */
  fence(job: Job): Write
  /** Cancels everything queued or leased of an encode. */
  cancelByEncode(encodeId: EncodeId, at: number): Write
  /** Cancels everything queued or leased of one stream of an encode. */
  cancelStream(encodeId: EncodeId, stream: string, at: number): Write
  /** Cancels everything queued or leased of every encode of an asset. */
  cancelByAsset(assetId: AssetId, at: number): Write
  /** Leased jobs whose lease has run out. */
  listLapsed(now: number, limit: number): Promise<Job[]>
  listLeasedBy(agentId: AgentId): Promise<Job[]>
  /** Held jobs by agent, and their speeds together. */
  countLeased(): Promise<{ agentId: AgentId; jobs: number; speed: number }[]>
  /** Jobs of an encode that stand at its beginning: what a first viewer waits for is among them. */
  listBeginning(encodeId: EncodeId): Promise<Job[]>
  /** Jobs ready since before an instant that need what is not among these abilities. */
  listStranded(abilities: readonly string[], before: number, limit: number): Promise<Job[]>
  /** Every job of an encode, in the order they run. */
  listByEncode(encodeId: EncodeId): Promise<Job[]>
  /** Queues failed jobs again, as if never tried, and all that was cancelled of their encode. */
  revive(encodeId: EncodeId, failed: readonly Job[], at: number): Write
  /** Re-queues a leased job whose (id, epoch) is as given; the epoch is fenced by the next claim. */
  requeue(job: Job, runAfter: number): Write
}

export interface AgentStore {
  findByCredentialHash(hash: string): Promise<Agent | null>
  find(id: AgentId): Promise<Agent | null>
  list(slice: Slice): Promise<Listing<Agent>>
  /** Agents heard of since, newest first, at most 500. */
  listSeen(since: number): Promise<Agent[]>
  add(agent: Agent): Write
  register(id: AgentId, told: Pick<Agent, 'name' | 'bootId' | 'capabilities' | 'protocol'>, at: number): Write
  setDraining(id: AgentId, draining: boolean): Write
  /** Notes that an agent was heard of. */
  seen(id: AgentId, at: number): Write
  addEnrolment(codeHash: string, expiresAt: number, at: number): Write
  /** Uses a code up; fails the commit with `conflict` when it is unknown, used or expired. */
  useEnrolment(codeHash: string, at: number): Write
}
