import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const BUILT = new URL('../../worker/assets/player/', import.meta.url)
const gzippedBytes = (...names: string[]) =>
  names.reduce((sum, name) => sum + gzipSync(readFileSync(new URL(name, BUILT)), { level: 9 }).length, 0)
const chunk = (name: string) => `chunks/${readdirSync(new URL('chunks/', BUILT)).find((file) => file.startsWith(`${name}-`))}`

// The budgets of DESIGN section 12, in bytes over the wire.
test.each([
  ['shell', 12_000, () => gzippedBytes('player.js', 'player.css')],
  ['controls', 60_000, () => gzippedBytes(chunk('mount'))],
  ['engine', 120_000, () => gzippedBytes(chunk('hlsEngine'))],
  ['script for embedding pages', 2_048, () => gzippedBytes('embed.js')],
] as const)("the player's %s stays within %i bytes gzipped", (_, budget, size) => {
  expect(size()).toBeLessThanOrEqual(budget)
})

test('the page needs no file but the shell to begin, and every lazy chunk has a hash in its name', () => {
  expect(readFileSync(new URL('embed.js', BUILT), 'utf8')).not.toMatch(/^(?:import|export)\b|\bimport\(/m)
  expect(readdirSync(BUILT).sort()).toEqual(['chunks', 'embed.js', 'player.css', 'player.js'])
  for (const file of readdirSync(new URL('chunks/', BUILT))) expect(file).toMatch(/-[\w-]{8}\.js$/)
})
