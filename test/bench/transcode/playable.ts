/** From `upload/complete` to a master playlist whose first segments decode; and what a host holds meanwhile. */
import { execFileSync } from 'node:child_process'
import type { Clips } from './clips.ts'
import { median, report } from './facts.ts'
import { type Daemon, type Site, startSite, until } from './system.ts'

const BUDGET_MS = 5_000
const LIMIT_MS = 120_000
/** Watched this long for its peaks: the first chunks, and the long ones behind them. */
const WATCH_MS = 25_000
const MIB = 1024 * 1024

export async function benchPlayable(clips: Clips, folder: string, rounds: number): Promise<void> {
  const site = await startSite(folder)
  const daemon = await site.daemon(null)
  try {
    const minute = clips.looped(clips.hd(20), 60, 'mp4')
    const hour = clips.looped(clips.hd(20), 3600, 'mp4')
    const kinds: [string, string][] = [
      ['1 minute, 1080p MP4, index in front', clips.looped(clips.hd(20), 60, 'mov', '-movflags', '+faststart')],
      ['1 minute, 1080p Matroska', clips.looped(clips.hd(20), 60, 'mkv')],
      ['10 s of a phone: HEVC, 10 bit, turned', clips.phone(10)],
    ]
    const ratios: number[] = []
    const [minutes, hours]: number[][] = [[], []]
    for (let round = 0; round < rounds; round++) {
      minutes!.push(await playableAfter(site, minute))
      hours!.push(await playableAfter(site, hour))
      ratios.push(hours!.at(-1)! / minutes!.at(-1)!)
    }
    say('1 minute, 1080p MP4, index at the end', median(minutes!))
    say('60 minutes of the same', median(hours!))
    const ratio = median(ratios)
    report('playable: 60 minutes against 1 minute', `${ratio.toFixed(2)} x`, '<= 1.2', ratio <= 1.2)
    for (const [what, file] of kinds) say(what, await playableAfter(site, file))
    await benchBounds(site, daemon, minute, hour, clips)
  } finally {
    await daemon.stop()
    await site.stop()
  }
}

function say(what: string, ms: number): void {
  report(`playable: ${what}`, `${(ms / 1000).toFixed(1)} s`, '<= 5 s', ms <= BUDGET_MS)
}

/** Milliseconds until playable; then its beginning is decoded, picture and sound, and the video is deleted. */
async function playableAfter(site: Site, file: string, watch?: () => Promise<void>): Promise<number> {
  const upload = await site.upload(file)
  const from = performance.now()
  const { video_id: id, embed_token: token } = await site.api('POST', '/upload/complete', { upload_id: upload })
  const took = await until(site, String(id), from, LIMIT_MS, ({ playable }) => playable === true)
  const session = (await (await fetch(`${site.runtime.url.origin}/api/stream/${token}/token`)).json()) as { master_m3u8: string }
  const master = new URL(session.master_m3u8, site.runtime.url)
  execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-allowed_extensions', 'ALL', '-live_start_index', '0', '-i', `${site.runtime.url.origin}${master.pathname}`, '-t', '3', '-map', '0:v:0', '-map', '0:a:0', '-f', 'null', '-'])
  await watch?.()
  await site.api('DELETE', `/videos/${id}`)
  // Until the host has dropped what it was doing: it hears of it with its next heartbeat.
  await new Promise((resolve) => setTimeout(resolve, 11_000))
  return took
}

/** A host's memory and disk do not grow with its sources. */
async function benchBounds(site: Site, daemon: Daemon, minute: string, hour: string, clips: Clips): Promise<void> {
  const peakOver = async (file: string) => {
    daemon.peak()
    await playableAfter(site, file, () => new Promise((resolve) => setTimeout(resolve, WATCH_MS)))
    return daemon.peak()
  }
  const [short, long] = [await peakOver(minute), await peakOver(hour)]
  const tell = (ours: typeof short, theirs: typeof short) => {
    const ratio = ours.memory / theirs.memory
    return [ratio, `${ratio.toFixed(2)} x (${(ours.memory / MIB).toFixed(0)} against ${(theirs.memory / MIB).toFixed(0)} MiB; scratch ${(ours.disk / MIB).toFixed(1)} MiB)`] as const
  }
  const [ratio, text] = tell(long, short)
  report('peak memory of a host, 60 minutes against 1', text, '<= 1.2', ratio <= 1.2 && long.disk < 64 * MIB)
  const [tallShort, tallLong] = [await peakOver(clips.uhd(4)), await peakOver(clips.looped(clips.uhd(4), 3600, 'mp4'))]
  const [tallRatio, tallText] = tell(tallLong, tallShort)
  report('peak memory of a host, 60 minutes of 4K against 4 s', tallText, '<= 1.2', tallRatio <= 1.2 && tallLong.disk < 64 * MIB)
}
