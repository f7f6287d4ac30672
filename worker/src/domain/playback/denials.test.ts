import { readdirSync, readFileSync } from 'node:fs'
import { DENIALS } from '@avocet/shared/denials'
import { expect, test } from 'vitest'

const sources = ['playback', 'embeds'].flatMap((folder) =>
  readdirSync(`worker/src/domain/${folder}`)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(`worker/src/domain/${folder}/${name}`, 'utf8')),
)
/** Told to programs that make links or read playlists, never to a viewer. */
const TOLD_TO_PROGRAMS = ['invalid_domain', 'invalid_window', 'invalid_ip_prefix', 'dash_not_offered', 'format_not_offered']

test('every reason to refuse a viewer has words, and docs/embedding.md names those of links', () => {
  const reasons = [...new Set(sources.flatMap((source) => [...source.matchAll(/reason: '(\w+)'/g)].map(([, reason]) => reason as string)))].filter((reason) => !TOLD_TO_PROGRAMS.includes(reason))
  expect(reasons.length).toBeGreaterThan(12)
  expect(reasons.filter((reason) => !(reason in DENIALS))).toEqual([])
  const page = readFileSync('docs/embedding.md', 'utf8')
  expect(reasons.filter((reason) => !page.includes(`\`${reason}\``) && !['playback_token_invalid', 'video_failed'].includes(reason))).toEqual([])
})
