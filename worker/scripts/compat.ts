/** Writes docs/compat/<surface>.md from the route values of a dialect. `node worker/scripts/compat.ts`; a test fails when a file is stale. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { PLANNED } from '../src/http/route.ts'
import type { Surface } from '../src/http/surface.ts'
import { differences } from '../src/surfaces/apivideo/differences.ts'
import { apivideo } from '../src/surfaces/apivideo/index.ts'

const fileOf = (name: string) => fileURLToPath(new URL(`../../docs/compat/${name}.md`, import.meta.url))

/** What a dialect offers, what of it is still to come, and where it differs. */
export function compatText({ name, routes }: Surface, differences: readonly string[]): string {
  const lines = (isPlanned: boolean) =>
    routes.filter(({ tag }) => (tag === PLANNED) === isPlanned).map(({ method, path, summary, tag }) => `| \`${method} ${path.replace(/\{.*?\}(?=\/|$)/g, '')}\` | ${summary} |${isPlanned ? '' : ` ${tag} |`}`)
  return [
    `# ${name}: what is offered`,
    '',
    'Made from the routes by `node worker/scripts/compat.ts`.',
    '',
    '| Endpoint | What it does | Group |',
    '| --- | --- | --- |',
    ...lines(false),
    '',
    '## Not offered yet',
    '',
    'Each answers 501 in the form of this dialect.',
    '',
    '| Endpoint | What it would do |',
    '| --- | --- |',
    ...lines(true),
    '',
    '## Where it differs',
    '',
    ...differences.map((line) => `- ${line}`),
    '',
  ].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(fileOf(apivideo.name), compatText(apivideo, differences))
