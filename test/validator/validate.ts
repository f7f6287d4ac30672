/** The validator: every machine-checkable rule of HLS and DASH over one presentation, rule by rule. */
import type { Fetch } from './fetched.ts'
import { loadPresentation, type Presentation } from './presentation.ts'
import type { Rule } from './rule.ts'
import { boxRules } from './rules/boxes.ts'
import { decodeRules } from './rules/decode.ts'
import { manifestRules } from './rules/dash.ts'
import { masterRules } from './rules/master.ts'
import { mediaRules } from './rules/media.ts'
import { renditionRules } from './rules/renditions.ts'
import { streamRules } from './rules/streams.ts'

export const RULES: readonly Rule[] = [...masterRules, ...renditionRules, ...mediaRules, ...streamRules, ...boxRules, ...decodeRules, ...manifestRules].sort((a, b) => a.number - b.number)

export interface Finding {
  number: number
  name: string
  verdict: 'kept' | 'broken' | 'advised' | 'not applicable'
  why: string[]
}

/** What each rule says of a presentation. */
export async function validate(of: Presentation, rules: readonly Rule[] = RULES): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { number, name, level, check } of rules) {
    const verdict = await check(of)
    if (!Array.isArray(verdict)) findings.push({ number, name, verdict: 'not applicable', why: [verdict.notApplicable] })
    else findings.push({ number, name, verdict: verdict.length === 0 ? 'kept' : level === 'must' ? 'broken' : 'advised', why: verdict })
  }
  return findings
}

/** The rules a presentation breaks, as `name: what is wrong`; empty when it is as it must be. */
export async function brokenRules(fetch: Fetch, master: URL, options: Parameters<typeof loadPresentation>[2] = {}): Promise<string[]> {
  const findings = await validate(await loadPresentation(fetch, master, options))
  return findings.filter(({ verdict }) => verdict === 'broken').map(({ name, why }) => `${name}: ${why.slice(0, 3).join('; ')}`)
}
