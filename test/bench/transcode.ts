/** `npm run bench:transcode`: the transcoder's budgets (DESIGN section 12), each a ratio measured side by side. `--quick` for a first look. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clipsIn } from './transcode/clips.ts'
import { machineFacts } from './transcode/facts.ts'
import { benchFleet } from './transcode/fleet.ts'
import { benchLadder } from './transcode/ladder.ts'
import { benchPlayable } from './transcode/playable.ts'
import { benchDispatch } from './transcode/simulation.ts'

const quick = process.argv.includes('--quick')
const only = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const folder = mkdtempSync(join(tmpdir(), 'avocet-bench-'))
const clips = clipsIn(folder)
const parts: [string, () => Promise<void>][] = [
  ['ladder', () => benchLadder(clips, folder, quick ? 1 : 5)],
  ['playable', () => benchPlayable(clips, folder, quick ? 1 : 3)],
  ['fleet', () => benchFleet(clips, folder, quick ? 300 : 900, quick ? 1 : 3)],
  ['dispatch', () => benchDispatch(quick ? [1, 8] : undefined)],
]
try {
  console.log(machineFacts())
  for (const [name, run] of parts) if (only.length === 0 || only.includes(name)) await run()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
