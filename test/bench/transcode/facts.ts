import { execFileSync } from 'node:child_process'
import { cpus, loadavg, totalmem } from 'node:os'

const load = () => loadavg()[0]?.toFixed(1)

/** The machine's facts, in a line. */
export function machineFacts(): string {
  const ffmpeg = /version (\S+)/.exec(execFileSync('ffmpeg', ['-version'], { encoding: 'utf8' }))?.[1]
  const gib = Math.round(totalmem() / 1024 ** 3)
  return `${new Date().toISOString().slice(0, 16)}Z, ${cpus().length} x ${cpus()[0]?.model.trim()}, ${gib} GiB, ffmpeg ${ffmpeg}, Node ${process.version}, load ${load()} at the start`
}

/** One line of the report. `isWithin` is the budget's verdict. */
export function report(what: string, measured: string, budget: string, isWithin: boolean): void {
  console.log(`${isWithin ? 'ok  ' : 'OVER'} ${what}: ${measured} (budget ${budget}; load ${load()})`)
}

/** A line without a budget. */
export const tell = (what: string, measured: string): void => console.log(`     ${what}: ${measured}`)

/** The middle of an odd number of values, the lower middle of an even one. */
export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] as number
