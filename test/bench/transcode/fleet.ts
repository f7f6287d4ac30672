/** Two daemons of one core each against one of them, on one long file. */
import type { Clips } from './clips.ts'
import { median, report, tell } from './facts.ts'
import { type Site, startSite, until } from './system.ts'

const LIMIT_MS = 20 * 60_000
/** Asking takes the same two cores. */
const ASK_EVERY_MS = 1000

export async function benchFleet(clips: Clips, folder: string, seconds: number, rounds: number): Promise<void> {
  const site = await startSite(folder)
  try {
    const file = clips.looped(clips.hd(8, 2000), seconds, 'mp4')
    const ratios: number[] = []
    for (let round = 0; round < rounds; round++) {
      const [one, two] = [await encodeBy(site, file, 1), await encodeBy(site, file, 2)]
      ratios.push(one / two)
      tell('round', `${(one / 1000).toFixed(1)} s by one, ${(two / 1000).toFixed(1)} s by two, for ${seconds} s at 1080p`)
    }
    const ratio = median(ratios)
    report('two hosts of one core against one', `${ratio.toFixed(2)} x`, '>= 1.85', ratio >= 1.85)
  } finally {
    await site.stop()
  }
}

/** Milliseconds from the completed upload to the ready video, by so many hosts, each of a core of its own. */
async function encodeBy(site: Site, file: string, hosts: number): Promise<number> {
  const upload = await site.upload(file)
  const daemons = await Promise.all(Array.from({ length: hosts }, (_, core) => site.daemon(String(core))))
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
