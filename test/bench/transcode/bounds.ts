/** What a host holds while it works: memory of the daemon and of its ffmpeg, and scratch on disk. Neither may grow with its sources. */
import type { Clips } from './clips.ts'
import { report } from './facts.ts'
import { playableAfter } from './playable.ts'
import { startSite } from './system.ts'

const MIB = 1024 * 1024
const MOST_SCRATCH = 64 * MIB

/** Each source is watched for `watchMs` beyond playable: the first chunks, and the long ones behind them. */
export async function benchBounds(clips: Clips, folder: string, watchMs: number): Promise<void> {
  const site = await startSite(folder)
  const daemon = await site.daemon(null)
  try {
    const peakOver = async (file: string) => {
      daemon.peak()
      await playableAfter(site, daemon, file, null, () => new Promise((resolve) => setTimeout(resolve, watchMs)))
      return daemon.peak()
    }
    const compare = async (what: string, long: string, short: string) => {
      const [less, more] = [await peakOver(short), await peakOver(long)]
      const ratio = more.memory / less.memory
      const told = `${ratio.toFixed(2)} x (${(more.memory / MIB).toFixed(0)} against ${(less.memory / MIB).toFixed(0)} MiB, the daemon itself ${(more.daemon / MIB).toFixed(0)}; scratch ${(more.disk / MIB).toFixed(1)} MiB)`
      report(`peak memory of a host, ${what}`, told, '<= 1.2', ratio <= 1.2 && more.disk < MOST_SCRATCH)
    }
    // A minute of 1080p is smaller than what is kept of sources, and its sound is done before its picture needs most: it meets no bound.
    await compare('1080p, 60 minutes against 10', clips.looped(clips.hd(8, 2000), 3600, 'mp4'), clips.looped(clips.hd(8, 2000), 600, 'mp4'))
    await compare('4K, 60 minutes against 1', clips.looped(clips.uhd(4), 3600, 'mp4'), clips.looped(clips.uhd(4), 60, 'mp4'))
  } finally {
    await daemon.stop()
    await site.stop()
  }
}
