import type { Presentation } from './presentation.ts'

/** What a rule finds: sentences that say what is wrong and where, or why it has nothing to look at. */
export type Verdict = string[] | { notApplicable: string }

/** One machine-checkable rule of HLS. `number` and `name` are stable: tests and reports speak of a rule by them. */
export interface Rule {
  number: number
  name: string
  /** `should`: worth telling, no ground to refuse a file. */
  level: 'must' | 'should'
  source: string
  check(of: Presentation): Verdict | Promise<Verdict>
}

/** Within a share of what was claimed. */
export const isNear = (measured: number, claimed: number, share: number): boolean => Math.abs(measured - claimed) <= claimed * share
