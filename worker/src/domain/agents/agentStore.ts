import type { AgentId } from '@avocet/shared/ids'
import type { Listing, Slice } from '@avocet/shared/page'
import type { Write } from '../ports.ts'
import type { Agent } from './agent.ts'

/** Transcoder hosts, and the codes by which they enrol. */
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
