/** Two daemons of one core each against one of them, on one long file. */
import { type ProcessGroup, processGroup } from '../../e2e/support/processGroup.ts'
import type { Clips } from './clips.ts'
import { median, report, tell } from './facts.ts'
import { type Site, startSite, until } from './system.ts'

const LIMIT_MS = 20 * 60_000
/** Asking takes the same two cores. */
const ASK_EVERY_MS = 500
/** Of each core the hosts get so much and the site the rest, whether there is one host or two: theirs are other machines. */
const SHARE = 0.6
/** Short, so that what is held back is held back evenly. */
const PERIOD_US = 20_000
const QUOTA_US = String(PERIOD_US * SHARE)

export async function benchFleet(clips: Clips, folder: string, seconds: number, rounds: number): Promise<void> {
  const site = await startSite(folder)
  const shares = [shareOfCore(), shareOfCore()]
  try {
    if (shares.includes(null)) tell('the hosts', 'have whole cores, and take them from the site: no groups of processes can be made here')
    const file = clips.looped(clips.medium(8), seconds, 'mp4')
    const ratios: number[] = []
    for (let round = 0; round < rounds; round++) {
      const [one, two] = [await encodeBy(site, file, shares.slice(0, 1)), await encodeBy(site, file, shares)]
      ratios.push(one / two)
      tell('round', `${(one / 1000).toFixed(1)} s by one, ${(two / 1000).toFixed(1)} s by two, for ${seconds} s at 480p`)
    }
    const ratio = median(ratios)
    report('two hosts of one core against one', `${ratio.toFixed(2)} x`, '>= 1.85', ratio >= 1.85)
  } finally {
    await site.stop()
    for (const share of shares) await share?.remove()
  }
}

const shareOfCore = () =>
  processGroup(
    ['/sys/fs/cgroup/cpu', { 'cpu.cfs_period_us': String(PERIOD_US), 'cpu.cfs_quota_us': QUOTA_US }],
    ['/sys/fs/cgroup', { 'cpu.max': `${QUOTA_US} ${PERIOD_US}` }],
  )

/** Milliseconds from the completed upload to the ready video, by as many hosts as there are shares, each of a core of its own. */
async function encodeBy(site: Site, file: string, shares: readonly (ProcessGroup | null)[]): Promise<number> {
  const upload = await site.upload(file)
  const daemons = await Promise.all(shares.map((share, core) => site.daemon(String(core), share)))
  try {
    const from = performance.now()
    const { video_id: id } = await site.api('POST', '/upload/complete', { upload_id: upload })
    const took = await until(site, String(id), from, LIMIT_MS, ({ status }) => status === 'ready', ASK_EVERY_MS)
    await site.api('DELETE', `/videos/${id}`)
    return took
  } finally {
    await Promise.all(daemons.map((daemon) => daemon.stop()))
  }
}
