/**
 * Writes docs/third-party.md: every package this project runs on, with its licence. `node worker/scripts/licences.ts`; a test fails when it is
 * stale or when a licence is not one of those we take.
 */
import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FILE = join(ROOT, 'docs', 'third-party.md')
/** Everything that is deployed, installed on hosts or run by `npm start`: the rest of the development tools are nobody's but ours. */
const ROOTS: [folder: string, names: readonly string[] | null][] = [
  ['shared', null],
  ['worker', null],
  // Built into the player and the reference page.
  ['worker', ['hls.js', 'media-chrome', 'eventemitter3', 'url-toolkit', '@svta/cml-id3', '@svta/cml-utils', '@scalar/api-reference']],
  ['transcoder', null],
  // The embedded server is Miniflare and workerd, which wrangler pins, on this Node.
  ['.', ['wrangler', 'node']],
]
/** CONTRIBUTING.md. */
export const TAKEN = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'MPL-2.0', '0BSD', 'BlueOak-1.0.0']
/** Weighed one by one: why a package of another licence is there all the same. */
export const WEIGHED: Record<string, string> = {
  '@speed-highlight/core': 'CC0-1.0, the public domain: colours of the error pages that Miniflare shows.',
  '@img/sharp-libvips-': 'LGPL-3.0-or-later: a library of its own, unchanged, that Miniflare loads for a binding we do not use; nothing of it is deployed.',
}

export interface Package {
  name: string
  version: string
  licence: string
}
interface Manifest {
  name: string
  version: string
  license?: string | { type: string }
  licenses?: { type: string }[]
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

/** The packages reachable from the roots, each version once, by name. */
export function productionPackages(): Package[] {
  const seen = new Map<string, Package>()
  const queue = ROOTS.flatMap(([folder, names]) => {
    const at = join(ROOT, folder)
    const wanted = names ?? Object.keys(manifestOf(at).dependencies ?? {})
    return wanted.map((name) => [at, name, true] as const)
  })
  for (let next = queue.pop(); next; next = queue.pop()) {
    const [from, name, needed] = next
    const folder = find(from, name)
    if (!folder) {
      if (needed) throw new Error(`${name}, which ${from} needs, is not installed.`)
      continue
    }
    const manifest = manifestOf(folder)
    if (seen.has(folder)) continue
    seen.set(folder, { name: manifest.name, version: manifest.version, licence: licenceOf(manifest) })
    if (manifest.name.startsWith('@avocet/')) seen.delete(folder)
    const optional = Object.keys(manifest.optionalDependencies ?? {})
    queue.push(...Object.keys(manifest.dependencies ?? {}).map((one) => [folder, one, !optional.includes(one)] as const))
    // Binaries for other machines are other packages of the same project.
    queue.push(...optional.map((one) => [folder, one, false] as const))
  }
  const unique = new Map([...seen.values()].map((one) => [`${one.name}@${one.version}`, one]))
  return [...unique.values()].sort((a, b) => (a.name === b.name ? a.version.localeCompare(b.version) : a.name < b.name ? -1 : 1))
}

/** The same program for one system: which of them is installed depends on where this runs. Their licences are checked, not listed. */
const isForOneMachine = (name: string) => /(?:linux|darwin|win32|android|freebsd|musl|arm64|x64|wasm32)/.test(name)

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** Where a package is found from another, as Node looks for it. */
function find(from: string, name: string): string | null {
  for (let folder = realpathSync(from); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate)
    if (folder === dirname(folder)) return null
  }
}

function licenceOf({ license, licenses }: Manifest): string {
  if (typeof license === 'string') return license.replace(/^\((.*)\)$/, '$1')
  return license?.type ?? licenses?.map(({ type }) => type).join(' OR ') ?? 'unknown'
}

/** Why a package may be there though its licence is not one of those. */
export const reasonFor = (name: string): string | undefined => Object.entries(WEIGHED).find(([start]) => name.startsWith(start))?.[1]

/** Whether one of the licences offered is one we take; all of those that hold together must be. */
export function isTaken(licence: string): boolean {
  return licence.split(' OR ').some((offered) => offered.split(' AND ').every((one) => TAKEN.includes(one.trim())))
}

export function thirdPartyText(): string {
  const rows = productionPackages().filter(({ name }) => !isForOneMachine(name)).map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`)
  const weighed = Object.entries(WEIGHED).map(([name, why]) => `- \`${name}\`: ${why}`)
  return `# Third-party packages\n\nWhat is deployed, installed on hosts or run by \`npm start\`, made by \`npm run licences\`. ffmpeg is not among them: it is the system's own.\n\nOf another licence than CONTRIBUTING.md names, weighed one by one:\n\n${weighed.join('\n')}\n\n| Package | Version | Licence |\n| --- | --- | --- |\n${rows.join('\n')}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!readdirSync(ROOT).includes('node_modules')) throw new Error('Install first.')
  writeFileSync(FILE, thirdPartyText())
}
