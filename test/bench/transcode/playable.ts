/** From `upload/complete` to a master playlist whose first segments decode, and what the time goes into. */
import { execFileSync } from 'node:child_process'
import type { Clips } from './clips.ts'
import { median, report, tell } from './facts.ts'
import { type Daemon, type Site, startSite, until } from './system.ts'

const BUDGET_MS = 5_000
const LIMIT_MS = 120_000

export async function benchPlayable(clips: Clips, folder: string, rounds: number, quick: boolean): Promise<void> {
  const site = await startSite(folder)
  const daemon = await site.daemon(null)
  try {
    const take = clips.hd(8, 2000)
    const [minute, hour] = [clips.looped(take, 60, 'mp4'), clips.looped(take, 3600, 'mp4')]
    const [minutes, hours]: number[][] = [[], []]
    for (let round = 0; round < rounds; round++) {
      minutes!.push(await playableAfter(site, daemon, minute, round === 0 ? 'a minute' : null))
      hours!.push(await playableAfter(site, daemon, hour, round === 0 ? 'an hour' : null))
    }
    say('1 minute, 1080p MP4, index at the end', median(minutes!))
    say('60 minutes of the same', median(hours!))
    // The best of each: what is left of other programs' noise would otherwise decide.
    const ratio = Math.min(...hours!) / Math.min(...minutes!)
    report('playable: 60 minutes against 1 minute', `${ratio.toFixed(2)} x`, '<= 1.2', ratio <= 1.2)
    const kinds: [string, string][] = [
      ['1 minute, 1080p MP4, index in front', clips.looped(take, 60, 'mov', '-movflags', '+faststart')],
      ['1 minute, 1080p Matroska', clips.looped(take, 60, 'mkv')],
      ['60 minutes, 1080p MP4 in fragments', clips.looped(take, 3600, 'mp4', '-movflags', '+frag_keyframe+empty_moov+default_base_moof')],
      ['1 minute, 4K MP4', clips.looped(clips.uhd(4), 60, 'mp4')],
      ['8 s of a phone: 4K HEVC, 10 bit, HLG', clips.phoneUhd(8)],
      ['8 s of a phone: 1080p HEVC, 10 bit, turned', clips.phone(8)],
    ]
    for (const [what, file] of quick ? kinds.slice(-1) : kinds) say(what, await playableAfter(site, daemon, file, what))
  } finally {
    await daemon.stop()
    await site.stop()
  }
}

function say(what: string, ms: number): void {
  report(`playable: ${what}`, `${(ms / 1000).toFixed(2)} s`, '<= 5 s', ms <= BUDGET_MS)
}

/** Milliseconds until playable; then its beginning is decoded, picture and sound, and the video is deleted. Tells the phases of `named` ones. */
export async function playableAfter(site: Site, daemon: Daemon, file: string, named: string | null, watch?: () => Promise<void>): Promise<number> {
  const upload = await site.upload(file)
  const [from, startedAt] = [performance.now(), Date.now()]
  const { video_id: id, embed_token: token } = await site.api('POST', '/upload/complete', { upload_id: upload })
  const completed = performance.now() - from
  await until(site, String(id), from, LIMIT_MS, ({ playable }) => playable === true, 100)
  const session = (await (await fetch(`${site.runtime.url.origin}/api/stream/${token}/token`)).json()) as { master_m3u8: string }
  const master = `${site.runtime.url.origin}${new URL(session.master_m3u8, site.runtime.url).pathname}`
  const playlist = await (await fetch(master)).text()
  const took = performance.now() - from
  if (!playlist.includes('#EXT-X-STREAM-INF')) throw new Error(`no master playlist: ${playlist.slice(0, 200)}`)
  execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-allowed_extensions', 'ALL', '-live_start_index', '0', '-i', master, '-t', '3', '-map', '0:v:0', '-map', '0:a:0', '-f', 'null', '-'])
  if (named) tell(`phases of ${named}`, phases(daemon, startedAt, completed, took))
  await watch?.()
  await site.api('DELETE', `/videos/${id}`)
  await daemon.idle()
  return took
}

/** The daemon's log beside the client's clock; both run on this machine. */
function phases(daemon: Daemon, startedAt: number, completed: number, took: number): string {
  const first = (message: string, kind: string) => daemon.log.find(({ time, msg, kind: of }) => time >= startedAt && msg === message && of === kind)?.time
  const after = (time: number | undefined) => (time === undefined ? '-' : `${time - startedAt} ms`)
  return [
    `complete answered ${completed.toFixed(0)} ms`,
    `prepare claimed ${after(first('job started', 'prepare'))}`,
    `probed and planned ${after(first('job started', 'encode'))}`,
    `first piece committed ${after(first('job done', 'encode'))}`,
    `sound begun ${after(first('job started', 'audio'))}`,
    `master playlist ${took.toFixed(0)} ms`,
  ].join(', ')
}
