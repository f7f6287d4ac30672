import { askDaemon, type DaemonStatus } from '../control.ts'

const minutes = (ms: number) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`

/** What the daemon of this host does, for people; as JSON with `--json`. Exit code 3 when none runs. */
export async function status(stateDir: string, asJson: boolean): Promise<number> {
  const told = await askDaemon<DaemonStatus>(stateDir, 'GET', '/status')
  if (!told) {
    console.log(asJson ? 'null' : `No daemon runs here (looked in ${stateDir}).`)
    return 3
  }
  console.log(asJson ? JSON.stringify(told, null, 2) : lines(told, Date.now()).join('\n'))
  return 0
}

/** The status as lines of text. */
export function lines(told: DaemonStatus, now: number): string[] {
  const head = `${told.name} for ${told.url}, up ${minutes(now - told.startedAt)}, ${told.encoders.join(', ')}${told.draining ? ', draining' : ''}`
  const unfit = told.unfit.map((why) => `claims nothing: ${why}`)
  if (told.jobs.length === 0) return [head, ...unfit, 'idle']
  const jobs = told.jobs.map(
    ({ kind, part, encode, progress, speed, startedAt }) =>
      `${kind.padEnd(8)}${String(Math.round(progress * 100)).padStart(4)} %  ${speed > 0 ? `${speed.toFixed(1)} x`.padStart(7) : ' '.repeat(7)}  ${minutes(now - startedAt)}  ${encode}  ${part}`.trimEnd(),
  )
  return [head, ...unfit, ...jobs]
}
