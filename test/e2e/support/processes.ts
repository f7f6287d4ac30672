import { readdirSync, readFileSync } from 'node:fs'

/** Processes that started under this one and still run, at any depth. Linux only. */
export function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = statOf(Number(name))?.parent
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const found: number[] = []
  collect(pid)
  return found

  function collect(parent: number): void {
    for (const child of children.get(parent) ?? []) {
      found.push(child)
      collect(child)
    }
  }
}

/** Whether a process runs; one that only waits to be collected does not. */
export function isRunning(pid: number): boolean {
  const stat = statOf(pid)
  return stat !== null && stat.state !== 'Z'
}

function statOf(pid: number): { state: string; parent: number } | null {
  try {
    // `pid (name) state parent ...`: the name may hold anything, brackets too.
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
    return { state: state as string, parent: Number(parent) }
  } catch {
    return null
  }
}
