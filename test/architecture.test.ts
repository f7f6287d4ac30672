import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { expect, test } from 'vitest'

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.tsx', '*.mjs', '*.js'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && !file.endsWith('worker-configuration.d.ts'))
const sources = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]))
const isTest = (file: string) => file.startsWith('test/') || file.endsWith('.test.ts')

/** What a file imports: repository paths for relative and @avocet ones, package names for the rest. */
function importsOf(file: string): string[] {
  const specifiers = [...(sources.get(file) ?? '').matchAll(/^(?:import|export)[^'"]*?from\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm)]
  return specifiers.map((match) => {
    const specifier = (match[1] ?? match[2] ?? match[3]) as string
    if (specifier.startsWith('.')) return posix.join(posix.dirname(file), specifier)
    if (specifier.startsWith('@avocet/')) return `${specifier.replace('@avocet/shared/', 'shared/src/')}.ts`
    return specifier
  })
}

/** Who may import whom (docs: DESIGN section 1). A pattern matches repository paths and package names alike. */
const surfaceOf = (path: string) => /^worker\/src\/surfaces\/(\w+)\//.exec(path)?.[1]
const RULES: { name: string; in: RegExp; may: (imported: string, file: string) => boolean }[] = [
  { name: 'shared', in: /^shared\/src\//, may: (to) => to === 'zod' || to.startsWith('shared/src/') },
  { name: 'domain', in: /^worker\/src\/domain\//, may: (to) => to.startsWith('shared/src/') || to.startsWith('worker/src/domain/') },
  {
    name: 'adapters',
    in: /^worker\/src\/adapters\//,
    may: (to) => /^(shared\/src\/|worker\/src\/(domain|adapters)\/|worker\/src\/env\.ts$|drizzle-orm|jose$|media-captions$|ipaddr\.js$|node:crypto$)/.test(to),
  },
  { name: 'http', in: /^worker\/src\/http\//, may: (to) => /^(shared\/src\/|worker\/src\/(domain|http)\/|hono|@hono\/zod-openapi$|zod$)/.test(to) },
  {
    name: 'surfaces',
    in: /^worker\/src\/surfaces\//,
    may: (to, file) => /^(shared\/src\/|worker\/src\/(domain|http)\/|zod$)/.test(to) || (surfaceOf(to) !== undefined && surfaceOf(to) === surfaceOf(file)),
  },
  { name: 'player', in: /^worker\/player\//, may: (to) => /^(shared\/src\/|worker\/player\/|media-chrome|hls\.js)/.test(to) },
  { name: 'uploader', in: /^worker\/uploader\//, may: (to) => to.startsWith('worker/uploader/') },
  { name: 'dashboard', in: /^worker\/dashboard\//, may: (to) => /^worker\/(uploader|dashboard)\//.test(to) },
  { name: 'transcoder', in: /^transcoder\//, may: (to) => !to.startsWith('worker/') },
]

test.each(RULES)('$name imports only what its layer may', ({ in: layer, may }) => {
  const members = files.filter((file) => layer.test(file) && !isTest(file))
  expect(members.length).toBeGreaterThan(0)
  const breaches = members.flatMap((file) => importsOf(file).filter((to) => !may(to, file)).map((to) => `${file} -> ${to}`))
  expect(breaches).toEqual([])
})

test('the domain asks its ports for time, randomness and the network', () => {
  const breaches = files.filter((file) => file.startsWith('worker/src/domain/') && !isTest(file) && /\bDate\.now\b|\bnew Date\(\)|(?<![.\w])fetch\(|(?<![.\w])crypto\.|Math\.random/.test(sources.get(file) as string))
  expect(breaches).toEqual([])
})

test('no operation of the domain knows a dialect', () => {
  const breaches = files.filter((file) => file.startsWith('worker/src/domain/') && /avcaption|api\.video|apivideo|videocms|plex/i.test(sources.get(file) as string))
  expect(breaches).toEqual([])
})

test('an operation makes at most one commit at a time: no store is written outside one', () => {
  const breaches = files.filter((file) => file.startsWith('worker/src/surfaces/') && /\.commit\(/.test(sources.get(file) as string))
  expect(breaches).toEqual([])
})

test('files stay under 300 lines', () => {
  const long = files.filter((file) => (sources.get(file) as string).split('\n').length > 301)
  expect(long).toEqual([])
})

test('no vague names, no barrels, no default exports but the Worker’s and configurations’', () => {
  const vague = files.filter((file) => /(^|\/)(utils?|helpers?|common|misc|manager|service)s?(\.|\/)/i.test(file))
  const defaults = files.filter((file) => /^export default /m.test(sources.get(file) as string) && file !== 'worker/src/index.ts' && !/config\.ts$/.test(file))
  const barrels = files.filter((file) => /^export \* from/m.test(sources.get(file) as string))
  expect({ vague, defaults, barrels }).toEqual({ vague: [], defaults: [], barrels: [] })
})

test('types are not silenced', () => {
  const silenced = files.filter((file) => !isTest(file) && /(: any\b|\bas any\b|@ts-(?:ignore|expect-error|nocheck))/.test(sources.get(file) as string))
  expect(silenced).toEqual([])
})

test('only one file starts ffmpeg', () => {
  const starters = files.filter((file) => file.startsWith('transcoder/src/') && !isTest(file) && /from 'execa'|from 'node:child_process'/.test(sources.get(file) as string))
  expect(starters.filter((file) => !file.startsWith('transcoder/src/media/'))).toEqual([])
})

test('no test is narrowed or skipped', () => {
  const narrowed = files.filter((file) => isTest(file) && new RegExp(`\\b(it|test|describe)\\.(${['only', 'skip', 'todo'].join('|')})\\b`).test(sources.get(file) as string))
  expect(narrowed).toEqual([])
})
