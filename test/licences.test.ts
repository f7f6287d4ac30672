import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isTaken, productionPackages, reasonFor, thirdPartyText, WEIGHED } from '../worker/scripts/licences.ts'

test('A48: every package we run on has a licence we take, or one that was weighed', () => {
  const packages = productionPackages()
  expect(packages.length).toBeGreaterThan(100)
  expect(packages.filter(({ name, licence }) => !isTaken(licence) && reasonFor(name) === undefined)).toEqual([])
  expect(Object.keys(WEIGHED).filter((start) => !packages.some(({ name }) => name.startsWith(start)))).toEqual([])
})

test('A48: docs/third-party.md is what is installed (npm run licences writes it)', () => {
  expect(readFileSync('docs/third-party.md', 'utf8') === thirdPartyText()).toBe(true)
})

test.each([
  ['MIT', true],
  ['MIT OR GPL-3.0', true],
  ['MIT AND GPL-3.0', false],
  ['GPL-3.0', false],
  ['unknown', false],
  ['SEE LICENSE IN LICENSE', false],
])('the licence %s is taken: %s', (licence, taken) => expect(isTaken(licence)).toBe(taken))

test('A48: every version is exact, and every package in the lockfile is fixed by its digest', () => {
  const ranged = ['package.json', 'shared/package.json', 'worker/package.json', 'transcoder/package.json'].flatMap((file) => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, string>>
    return Object.entries({ ...dependencies, ...devDependencies }).filter(([, version]) => !/^(?:(?:npm:[@\w./-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?|workspace:\*)$/.test(version)).map(([name, version]) => `${file}: ${name} ${version}`)
  })
  expect(ranged).toEqual([])
  const lock = readFileSync('pnpm-lock.yaml', 'utf8')
  const packages = /^packages:\n([\s\S]*?)^snapshots:/m.exec(lock)?.[1] ?? ''
  const entries = packages.split(/\n(?= {2}\S)/).filter((entry) => entry.trim() !== '')
  expect(entries.length).toBeGreaterThan(300)
  expect(entries.filter((entry) => !/resolution: \{integrity: sha512-/.test(entry)).map((entry) => entry.split('\n')[0])).toEqual([])
})
