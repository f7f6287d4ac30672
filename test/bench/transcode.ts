/**
 * `npm run bench:transcode`: the transcoder's budgets (DESIGN section 12), each a ratio measured side by side. `--quick` for a first look;
 * words choose parts: ladder playable bounds fleet dispatch.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { benchBounds } from './transcode/bounds.ts'
import { clipsIn } from './transcode/clips.ts'
import { machineFacts } from './transcode/facts.ts'
import { benchFleet } from './transcode/fleet.ts'
import { benchLadder } from './transcode/ladder.ts'
import { benchPlayable } from './transcode/playable.ts'
import { benchDispatch } from './transcode/simulation.ts'

const quick = process.argv.includes('--quick')
const only = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const folder = mkdtempSync(join(tmpdir(), 'avocet-bench-'))
const remove = () => rmSync(folder, { recursive: true, force: true })
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (remove(), process.exit(1)))
const clips = clipsIn(folder)
const parts: [string, () => Promise<void>][] = [
  ['ladder', () => benchLadder(clips, folder, quick ? 1 : 3, 4)],
  ['playable', () => benchPlayable(clips, folder, quick ? 1 : 3, quick)],
  ['bounds', () => benchBounds(clips, folder, quick ? 5_000 : 25_000)],
  ['fleet', () => benchFleet(clips, folder, quick ? 60 : 180, 1)],
  ['dispatch', () => benchDispatch(quick ? { hosts: [1, 8], minutesEach: 4 } : { hosts: [1, 2, 4, 8, 16, 32], minutesEach: 15 })],
]
try {
  console.log(machineFacts())
  for (const [name, run] of parts) if (only.length === 0 || only.includes(name)) await run()
} finally {
  remove()
}
process.exit(0)
