import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const tracked = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).split('\n').filter((file) => file !== '' && existsSync(file))

/** What secrets look like: ours, and those scanners look for first. */
const SHAPES = [
  /\bavc_[0-9a-f]{64}\b/,
  /\bavagent_[0-9a-f]{64}\b/,
  /\bwhsec_[A-Za-z0-9+/]{32,}/,
  /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{16}/,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\bgh[pousr]_[A-Za-z0-9]{36}\b/,
  /\bxox[abprs]-[A-Za-z0-9-]{20,}/,
  /\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{20,}/,
  /(?:api_token|account_id|secret_access_key|CLOUDFLARE_API_TOKEN)["']?\s*[:=]\s*["'][A-Za-z0-9_-]{30,}["']/i,
]
const secretsIn = (text: string) => SHAPES.flatMap((shape) => shape.exec(text)?.[0].slice(0, 12) ?? [])

test('A46: the shapes of secrets are recognised', () => {
  const samples = [`avc_${'0a'.repeat(32)}`, `whsec_${'A'.repeat(44)}`, ['-----BEGIN', 'PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw'].join(' '), `AKIA${'A'.repeat(16)}`, `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.${'c'.repeat(43)}`]
  expect(samples.filter((sample) => secretsIn(sample).length === 0)).toEqual([])
})

test('A46: no secret stands in the repository', () => {
  const found = tracked.flatMap((file) => secretsIn(readFileSync(file, 'latin1')).map((start) => `${file}: ${start}…`))
  expect(found).toEqual([])
})

test('A46: files that hold secrets are ignored by git, and wrangler.toml holds none', () => {
  const ignored = execFileSync('git', ['check-ignore', '.dev.vars', '.env', '.avocet/secrets.json', 'worker/.dev.vars'], { encoding: 'utf8' })
  expect(ignored.trim().split('\n')).toEqual(['.dev.vars', '.env', '.avocet/secrets.json', 'worker/.dev.vars'])
  expect(readFileSync('wrangler.toml', 'utf8')).not.toMatch(/^\s*(?:AVOCET_SECRET|OPERATOR_TOKEN|SETUP_CODE)\s*=/m)
})

test('A46: what would be deployed holds no secret and no source map', () => {
  // `npm run check` may come before the first build: then there is nothing to deploy yet.
  const built = ['worker/dist/index.js'].filter(existsSync)
  for (const file of built) expect([file, secretsIn(readFileSync(file, 'latin1'))]).toEqual([file, []])
  const served = existsSync('worker/assets') ? execFileSync('find', ['worker/assets', '-name', '*.map'], { encoding: 'utf8' }) : ''
  expect(served).toBe('')
})
