/** One host: what a chunk costs against the least it can cost, and against one ffmpeg for each rung. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { encoderArgs } from '../../../transcoder/src/media/args/encoder.ts'
import { chunkArgs, filterGraph } from '../../../transcoder/src/media/args/video.ts'
import { planned } from '../../transcoder/support.ts'
import type { Clips } from './clips.ts'
import { report } from './facts.ts'

interface Cost {
  /** Seconds of processor time, user and system. */
  cpu: number
  /** Seconds on the clock. */
  wall: number
}

const plus = (a: Cost, b: Cost): Cost => ({ cpu: a.cpu + b.cpu, wall: a.wall + b.wall })
const least = (a: Cost, b: Cost): Cost => ({ cpu: Math.min(a.cpu, b.cpu), wall: Math.min(a.wall, b.wall) })

/** What a command costs; its pipes from 3 on go nowhere. Throws when it fails. */
function cost(argv: readonly string[], outputs = 0): Promise<Cost> {
  const nowhere = Array.from({ length: outputs }, (_, at) => `${at + 3}>/dev/null`).join(' ')
  const child = spawn('bash', ['-c', `TIMEFORMAT='%U %S %R'; time "$@" ${nowhere} 2>/dev/null </dev/null`, 'bash', ...argv], { stdio: ['ignore', 'ignore', 'pipe'] })
  let told = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (told += text))
  return new Promise((resolve, reject) =>
    child.on('exit', (code) => {
      const [user, system, wall] = told.trim().split('\n').at(-1)!.split(' ').map(Number)
      if (code === 0) resolve({ cpu: user! + system!, wall: wall! })
      else reject(new Error(`${argv.join(' ')} ended with ${code}`))
    }),
  )
}

/** All variants in turns, `rounds` times: noise hurts them alike, and the best of each is what it costs. */
export async function benchLadder(clips: Clips, folder: string, rounds: number, seconds: number): Promise<void> {
  const { plan, source } = await planned(clips.hd(seconds, 5000))
  const rungs = plan.video
  const chunk = { index: 0, startFrame: 0, endFrame: plan.expectedFrames }
  const ffmpeg = ['ffmpeg', '-hide_banner', '-nostdin', '-loglevel', 'error']
  const read = [...ffmpeg, '-i', clips.hd(seconds, 5000)]
  const nowhere = ['-f', 'null', '-']
  const raw = (at: number) => join(folder, `rung-${at}.yuv`)
  const size = (at: number) => `${rungs[at]!.width}x${rungs[at]!.height}`
  const scale = (at: number) => ['-vf', `scale=${size(at).replace('x', ':')}:flags=bicubic,setsar=1`, '-pix_fmt', 'yuv420p']
  const encoder = (at: number) => encoderArgs('libx264', plan.gopFrames, rungs[at]!)
  for (const at of rungs.keys()) await cost([...read, '-y', ...scale(at), '-f', 'rawvideo', raw(at)])

  const each = async (run: (at: number) => Promise<Cost>) => {
    let total: Cost = { cpu: 0, wall: 0 }
    for (const at of rungs.keys()) total = plus(total, await run(at))
    return total
  }
  const variants = {
    ours: () => cost([...ffmpeg, ...chunkArgs({ plan, chunk, rungs, encoder: 'libx264' }, source.url, { preRollSeconds: null })], rungs.length),
    decode: () => cost([...read, '-map', '0:V:0', ...nowhere]),
    scaled: () => cost([...read, '-filter_complex', filterGraph(plan, chunk, rungs, { fromZero: true, holdLast: false }), ...rungs.flatMap((_, at) => ['-map', `[v${at}]`, ...nowhere])]),
    encodes: () => each((at) => cost([...ffmpeg, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', size(at), '-r', '30', '-i', raw(at), ...encoder(at), ...nowhere])),
    naive: () => each((at) => cost([...read, '-map', '0:V:0', ...scale(at), ...encoder(at), ...nowhere])),
  }
  const never: Cost = { cpu: Number.POSITIVE_INFINITY, wall: Number.POSITIVE_INFINITY }
  const best = { ours: never, decode: never, scaled: never, encodes: never, naive: never }
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(variants) as (keyof typeof variants)[]) best[name] = least(best[name], await variants[name]())
  }
  const { ours, decode, scaled, encodes, naive } = best
  const told = `${ours.cpu.toFixed(1)} CPU s for ${seconds} s in ${rungs.length} rungs; decode ${decode.cpu.toFixed(1)}, with scaling ${scaled.cpu.toFixed(1)}, encodes ${encodes.cpu.toFixed(1)}`
  const [withScaling, without] = [ours.cpu / (scaled.cpu + encodes.cpu), ours.cpu / (decode.cpu + encodes.cpu)]
  report('one host, against decode and scale once + each encode alone', `${withScaling.toFixed(3)} x (${told})`, '<= 1.05', withScaling <= 1.05)
  report('the same, scaling counted as loss', `${without.toFixed(3)} x`, '<= 1.05', without <= 1.05)
  const [cpu, wall] = [ours.cpu / naive.cpu, ours.wall / naive.wall]
  report('one host, against one ffmpeg for each rung', `${cpu.toFixed(2)} x the CPU, ${wall.toFixed(2)} x the time (${ours.wall.toFixed(1)} against ${naive.wall.toFixed(1)} s)`, '< 1', cpu < 1 && wall < 1)
}
