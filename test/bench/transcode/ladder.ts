/** One host: what a chunk costs against the least it can cost, and against one ffmpeg for each rung. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { chunkArgs, encoderArgs, filterGraph } from '../../../transcoder/src/media/args/video.ts'
import { planned } from '../../transcoder/support.ts'
import type { Clips } from './clips.ts'
import { median, report } from './facts.ts'

const SECONDS = 4

/** CPU seconds (user and system) and wall seconds of a command; its pipes from 3 on go nowhere. Throws when it fails. */
function cost(argv: readonly string[], outputs = 0): Promise<{ cpu: number; wall: number }> {
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

export async function benchLadder(clips: Clips, folder: string, rounds: number): Promise<void> {
  const { plan, source } = await planned(clips.hd(SECONDS))
  const rungs = plan.video
  const chunk = { index: 0, startFrame: 0, endFrame: plan.expectedFrames }
  const ffmpeg = ['ffmpeg', '-hide_banner', '-nostdin', '-loglevel', 'error']
  const raw = (at: number) => join(folder, `rung-${at}.yuv`)
  const size = (at: number) => `${rungs[at]!.width}x${rungs[at]!.height}`
  for (const at of rungs.keys())
    await cost([...ffmpeg, '-y', '-i', clips.hd(SECONDS), '-vf', `scale=${size(at).replace('x', ':')},setsar=1`, '-pix_fmt', 'yuv420p', '-f', 'rawvideo', raw(at)])

  const once = {
    ours: () => cost([...ffmpeg, ...chunkArgs({ plan, chunk, rungs, encoder: 'libx264' }, source.url, { preRollSeconds: null })], rungs.length),
    decode: () => cost([...ffmpeg, '-i', clips.hd(SECONDS), '-map', '0:V:0', '-f', 'null', '-']),
    scaled: () =>
      cost([...ffmpeg, '-i', clips.hd(SECONDS), '-filter_complex', filterGraph(plan, chunk, rungs, { fromZero: true, holdLast: false }), ...rungs.flatMap((_, at) => ['-map', `[v${at}]`, '-f', 'null', '-'])]),
    encode: (at: number) =>
      cost([...ffmpeg, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', size(at), '-r', '30', '-i', raw(at), ...encoderArgs('libx264', plan.gopFrames, rungs[at]!), '-f', 'null', '-']),
    naive: (at: number) =>
      cost([...ffmpeg, '-i', clips.hd(SECONDS), '-map', '0:V:0', '-vf', `scale=${size(at).replace('x', ':')}`, '-pix_fmt', 'yuv420p', ...encoderArgs('libx264', plan.gopFrames, rungs[at]!), '-f', 'null', '-']),
  }
  const sum = (costs: { cpu: number; wall: number }[]) => costs.reduce((total, { cpu, wall }) => ({ cpu: total.cpu + cpu, wall: total.wall + wall }), { cpu: 0, wall: 0 })
  const each = async (run: (at: number) => Promise<{ cpu: number; wall: number }>) => {
    const costs = []
    for (const at of rungs.keys()) costs.push(await run(at))
    return sum(costs)
  }
  const [toLimit, toNaive, wallToNaive]: number[][] = [[], [], []]
  let last = ''
  for (let round = 0; round < rounds; round++) {
    const [ours, decode, scaled, encodes, naive] = [await once.ours(), await once.decode(), await once.scaled(), await each(once.encode), await each(once.naive)]
    toLimit!.push(ours.cpu / (scaled.cpu + encodes.cpu))
    toNaive!.push(ours.cpu / naive.cpu)
    wallToNaive!.push(ours.wall / naive.wall)
    last = `${ours.cpu.toFixed(1)} CPU s; decode ${decode.cpu.toFixed(1)}, decode and scale ${scaled.cpu.toFixed(1)}, encodes ${encodes.cpu.toFixed(1)}, one by one ${naive.cpu.toFixed(1)}`
  }
  const [limit, naive, wall] = [median(toLimit!), median(toNaive!), median(wallToNaive!)]
  report('one host, against decode and scale once + each encode alone', `${limit.toFixed(2)} x (${last})`, '<= 1.05', limit <= 1.05)
  report('one host, against one ffmpeg for each rung', `${naive.toFixed(2)} x the CPU, ${wall.toFixed(2)} x the time`, '< 1', naive < 1 && wall < 1)
}
